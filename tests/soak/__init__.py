"""Many real processes on one database, and somebody who hurts them: ``make soak``."""
