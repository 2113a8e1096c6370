"""A round of reports: plain papermill and nbconvert beside `evalkit run`, in one run on one machine."""
