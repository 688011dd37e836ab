"""The federation gateway: one client operation over many subgraphs, stage by stage.

document (parse, validate) → planner (operation → plan) → execute (plan → merged data) → project (the response).
"""
