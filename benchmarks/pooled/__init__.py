"""Coverage of effects pooled over regions with staggered launches."""
