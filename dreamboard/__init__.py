"""The project around the app: settings, the data folder, and the processes that run it."""
