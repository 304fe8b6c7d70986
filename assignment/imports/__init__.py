"""CSV in and out: streams, all or nothing, every bad line named by line and column."""
