"""Parts of bench/run: the processes, the load, the figures."""
