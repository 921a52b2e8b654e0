"""Recording a follow-up: the form as data, its rules, the one action that saves it, and its pages."""
