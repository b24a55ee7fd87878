"""One command a file. Each imports what it needs when it runs, so that no command waits for another's libraries."""
