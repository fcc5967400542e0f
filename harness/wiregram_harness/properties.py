"""The list of what must always hold, each with an oracle of its own. A new property is one more function and one more entry. A sentence is written
for the author of a protocol.
"""

from __future__ import annotations

from wiregram_harness.corpus import corpus_truth
from wiregram_harness.executors import executors_agree
from wiregram_harness.of_dialogues import detection_invariance, dialogue_truth, prompt_completion
from wiregram_harness.of_flows import (
    byte_accounting,
    chunk_invariance,
    depth_exact,
    events_complete,
    idempotence,
    never_raises,
    no_cross_flow,
    no_cross_run,
    reassembly_model,
    recovery,
    transaction_once,
    watched,
)
from wiregram_harness.of_messages import grammar_agreement, linear_work, no_early_message, no_late_message, round_trip, trailing_data
from wiregram_harness.of_outputs import written_records
from wiregram_harness.scenario import DIALOGUES, MESSAGES, Property

WATCHED = 16
"""A flow is looked at after every packet in one of so many scenarios."""

bounded_memory, probe_monotone, transaction_progress = (watched(name) for name in ("bounded_memory", "probe_monotone", "transaction_progress"))

_OURS = "This is a fault of Wiregram, not of the description: please report it with the plan's file."
_BOTH = "If the grammar is sound by its own library, this is a fault of Wiregram: please report it with the plan's file."

PROPERTIES = {
    entry.name: entry
    for entry in (
        Property("never_raises", "Traffic made an exception leave the engine. No bytes may do that.", _OURS, never_raises),
        Property(
            "grammar_agreement",
            "Wiregram reads this message otherwise than the grammar's own library does.",
            _BOTH,
            grammar_agreement,
            4,
            of=MESSAGES,
        ),
        Property(
            "no_early_message",
            "A part of this message was taken for a whole one or for an error, though more bytes were to come.",
            "TCP may deliver that part alone. Look for an end that is optional, or for a terminal that matches both the part and the whole. " + _BOTH,
            no_early_message,
            8,
            of=MESSAGES,
        ),
        Property(
            "no_late_message",
            "The message is whole, but Wiregram waits for bytes that belong to the next one: a side that waits for its answer would wait for ever.",
            "Look for a last part that may repeat or grow, such as `_EOL+` or a pattern that ends in `*`. " + _BOTH,
            no_late_message,
            8,
            of=MESSAGES,
        ),
        Property(
            "trailing_data",
            "What follows a complete message changed it.",
            "Look for something that reads to the end of the data (GreedyBytes, `.*`) without a length before it. " + _BOTH,
            trailing_data,
            8,
            of=MESSAGES,
        ),
        Property(
            "idempotence",
            "The records depend on packets that bring nothing new: a retransmission, a keepalive, a closed window, an order that TCP mends.",
            _OURS,
            idempotence,
            4,
        ),
        Property(
            "chunk_invariance",
            "The records depend on where TCP happened to cut the stream, or on packets that TCP sent twice.",
            "The same bytes must give the same records. Look for a state whose guards see what has come so far. " + _BOTH,
            chunk_invariance,
        ),
        Property("byte_accounting", "Some bytes of the flow are counted twice or not at all.", _OURS, byte_accounting, watches=True),
        Property("reassembly_model", "What TCP reassembly delivers is not what the packets carry.", _OURS, reassembly_model),
        Property("depth_exact", "More octets of a direction were read than `limits.depth` allows, or fewer.", _OURS, depth_exact),
        Property("bounded_memory", "More is kept than the limits allow.", _OURS, bounded_memory, WATCHED, watches=True),
        Property("probe_monotone", "A verdict of detection did not last, or did not come.", _OURS, probe_monotone, WATCHED, watches=True),
        Property("transaction_progress", "An exchange went back to what it had been before.", _OURS, transaction_progress, WATCHED, watches=True),
        Property("transaction_once", "A transaction was logged twice, or never.", _OURS, transaction_once),
        Property("events_complete", "Something was lost or left out, and the events do not say so as they must.", _OURS, events_complete),
        Property(
            "recovery",
            "Behind a line that is no message the next message was not read.",
            "Look at `resync` of that side: does it name what ends every message? " + _BOTH,
            recovery,
        ),
        Property("no_cross_flow", "Two flows at the same time disturb each other.", _OURS, no_cross_flow),
        Property("no_cross_run", "The same packets give other records after the engine's tables have been used.", _OURS, no_cross_run, 64),
        Property("executors_agree", "The compiled form of Wiregram gives other records than the plain one.", _OURS, executors_agree, 256),
        Property("written_records", "What is written is not what the record says, or shows what is secret.", _OURS, written_records, 8),
        Property(
            "round_trip",
            "What this message was made of is not what comes back when it is read.",
            "Look for terminals that can match the same octets, so that one takes what belongs to another, for an octet that must be escaped, "
            "and for a declaration that builds other octets than it parses.",
            round_trip,
            4,
            of=MESSAGES,
        ),
        Property(
            "linear_work",
            "Reading this message takes more work than its length allows: a sender could stall the engine.",
            "Look for a pointer or a repetition that reads the same bytes again and again.",
            linear_work,
            4,
            of=MESSAGES,
        ),
        Property(
            "dialogue_truth",
            "A dialogue that follows the description from the first message to the last is not understood.",
            "The parts of the description contradict each other. Look for a pattern in `detect` that not every first message begins with, for a "
            "guard that lets the other side speak too early, for a limit that is too small.",
            dialogue_truth,
            follows=True,
            of=DIALOGUES,
        ),
        Property(
            "corpus_truth",
            "A dialogue that was captured between real ends is not understood.",
            "The description says something else than its speakers do: compare a length, an order of octets, a pairing with the standard. "
            "Or the capture holds what is no sound speech: with --unsound its flows are tried, but need not be understood.",
            corpus_truth,
            of=DIALOGUES,
            captured=True,
        ),
        Property(
            "prompt_completion",
            "A transaction is whole, but its record waits for what follows, or for the end of the flow.",
            "Look for a side that is not `complete` after its last message. " + _BOTH,
            prompt_completion,
            follows=True,
            of=DIALOGUES,
        ),
        Property(
            "detection_invariance",
            "The verdict of detection is not one that the signatures allow.",
            "Look at the patterns of the protocols named, and at the ports of their probes. " + _BOTH,
            detection_invariance,
            2,
            of=DIALOGUES,
        ),
    )
}
