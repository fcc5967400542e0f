"""Apache Kafka: the protocol guide of kafka.apache.org (a size, then a request header with an API key and a version, or a response header) and its messages."""

from construct import *

string = Prefixed(Int16ub, GreedyBytes)
nullable = FocusedSeq("value", "size" / Int16sb, Check(this.size >= -1), "value" / If(this.size >= 0, Bytes(this.size)))
compact = FocusedSeq("value", "size" / VarInt, "value" / If(this.size > 0, Bytes(this.size - 1)))
tags = FocusedSeq("tags", "count" / VarInt, "tags" / Array(this.count, Struct("tag" / VarInt, "value" / Prefixed(VarInt, GreedyBytes))))


def array(of):
    return FocusedSeq("items", "count" / Int32sb, "items" / If(this.count >= 0, Array(this.count, of)))


def compact_array(of):
    return FocusedSeq("items", "count" / VarInt, "items" / If(this.count > 0, Array(this.count - 1, of)))


api = Enum(Int16ub, produce=0, fetch=1, list_offsets=2, metadata=3, leader_and_isr=4, stop_replica=5, update_metadata=6, controlled_shutdown=7, offset_commit=8,
    offset_fetch=9, find_coordinator=10, join_group=11, heartbeat=12, leave_group=13, sync_group=14, describe_groups=15, list_groups=16, sasl_handshake=17,
    api_versions=18, create_topics=19, delete_topics=20, delete_records=21, init_producer_id=22, offset_for_leader_epoch=23, add_partitions_to_txn=24,
    add_offsets_to_txn=25, end_txn=26, write_txn_markers=27, txn_offset_commit=28, describe_acls=29, create_acls=30, delete_acls=31, describe_configs=32,
    alter_configs=33, alter_replica_log_dirs=34, describe_log_dirs=35, sasl_authenticate=36, create_partitions=37, delete_groups=42, describe_cluster=60)

# From these versions on the header ends in tagged fields; for the rest it is never looked at.
flexible = Switch(this.api, {"produce": Computed(9), "fetch": Computed(12), "list_offsets": Computed(6), "metadata": Computed(9), "offset_commit": Computed(8),
    "offset_fetch": Computed(6), "find_coordinator": Computed(3), "join_group": Computed(6), "heartbeat": Computed(4), "leave_group": Computed(4),
    "sync_group": Computed(4), "api_versions": Computed(3), "create_topics": Computed(5), "sasl_authenticate": Computed(2)}, default=Computed(99))
acks = Struct("transaction" / If(this._.version >= 3, IfThenElse(this._.version >= 9, compact, nullable)), "acks" / Int16sb, "timeout" / Int32sb)

request = Struct("size" / Int32ub, Check(this.size >= 10), Check(this.size < 0x8000000), "api" / api, "version" / Int16ub, Check(this.version <= 20), "correlation" / Int32sb,
    "client" / nullable, "flexible" / flexible, "tags" / If(this.version >= this.flexible, tags), "produce" / If(this.api == "produce", acks),
    "end" / Tell, "left" / Computed(this.size + 4 - this.end), Check(this.left >= 0))
answer = Struct("size" / Int32ub, Check(this.size >= 4), Check(this.size < 0x8000000), "correlation" / Int32sb, "left" / Computed(this.size - 4))

topic = Struct("id" / If(this._params.version >= 10, Bytes(16)), "name" / compact, "tags" / tags)
metadata_request = FixedSized(this._params.left, Struct(
    "topics" / IfThenElse(this._params.version >= 9, compact_array(topic), array(Struct("name" / string))), "rest" / GreedyBytes))
broker = Struct("id" / Int32sb, "host" / compact, "port" / Int32sb, "rack" / compact, "tags" / tags)
old_broker = Struct("id" / Int32sb, "host" / string, "port" / Int32sb, "rack" / If(this._params.version >= 1, nullable))
metadata = FixedSized(this._params.left, Struct("tags" / If(this._params.version >= 9, tags), "throttle" / If(this._params.version >= 3, Int32sb),
    "brokers" / IfThenElse(this._params.version >= 9, compact_array(broker), array(old_broker)), "rest" / GreedyBytes))

supported = Struct("api" / api, "least" / Int16ub, "most" / Int16ub)
api_versions = FixedSized(this._params.left, Struct("error" / Int16sb,
    "apis" / IfThenElse(this._params.version >= 3, compact_array(Struct("supported" / supported, "tags" / tags)), array(Struct("supported" / supported))), "rest" / GreedyBytes))
