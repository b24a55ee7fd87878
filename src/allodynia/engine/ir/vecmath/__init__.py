"""Elementary functions on vectors, within 2 ulp over the whole range, from IEEE operations and ``fma`` alone."""
