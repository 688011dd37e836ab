"""Where titles can be watched: platforms, offers, prices."""
