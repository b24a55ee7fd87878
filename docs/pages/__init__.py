"""Pages of the documentation that are made from the files of the system, so that they cannot fall behind them."""
