"""PostgreSQL: what the frontend asks (queries with their text), what the backend says with a name or a tag, and how many rows."""

from __future__ import annotations

from typing import Any

DISSECTOR = "pgsql"
ASKED = {"SSL request": "SSL Request", "Termination": "termination_message", "Password message": "password",
    "SASLInitialResponse message": "mechanism", "SASLResponse message": "proof", "Startup message": "startup"}  # fmt: skip
KEYS = {"startup_parameters": "startup", "password_message": "password", "sasl_param": "mechanism", "sasl_response": "proof"}
PARAMETERS = {"time_zone": "TimeZone", "date_style": "DateStyle", "interval_style": "IntervalStyle"}


def ours(records: list[tuple[str, int, dict[str, Any]]]) -> tuple[list[Any], list[Any]]:
    requests: list[Any] = []
    responses: list[Any] = []
    for _tx, body in sorted((tx, body) for name, tx, body in records if name == "postgresql"):
        asked, said = body.get("request", {}), body.get("response", {})
        requests += [asked["message"]] if "message" in asked else [KEYS[key] for key in KEYS if key in asked]
        requests += [asked["simple_query"]] if "simple_query" in asked else asked.get("prepared_queries", [])
        responses += [PARAMETERS.get(name, name) for one in said.get("parameter_status", []) for name in one]
        responses += ["key"] if "process_id" in said else []
        responses += ["row"] * said.get("data_rows", 0)
        responses += [said[key] for key in ("code", "command_completed") if key in said]
    return requests, responses


def theirs(messages: dict[str, list[dict[str, Any]]], client: str) -> tuple[list[Any], list[Any]]:
    sides: tuple[list[Any], list[Any]] = ([], [])
    for one in messages["pgsql"]:
        kind = one["type"]
        found = {"Backend key data": "key", "Data row": "row", **ASKED}.get(kind)
        if kind in ("Simple query", "Parse", "Error", "Parameter status", "Command completion"):
            found = one.get("query") or one.get("code") or one.get("tag") or one.get("param")
        if found is not None:
            sides[one["dir"] != client].append(found)
    return sides
