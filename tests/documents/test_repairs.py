"""Every message that the library can raise says what to do, in the code or beside it."""

from __future__ import annotations

from scripts import errors_page


def test_every_message_says_what_to_do() -> None:
    assert errors_page.missing() == [], "finish the sentence in the code, or add the words to docs/site/errors.toml"
