"""AgentDojo's public tasks, run by this runtime: what its policy stops, and what not."""
