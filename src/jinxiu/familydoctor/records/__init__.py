"""The person page: who it is, what to do now and why, readings over time, and the timeline."""
