"""What can be asked: a module a question, each of whose verbs is a command."""
