"""Models: estimates and projections with ranges; pure functions without files."""
