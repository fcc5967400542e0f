"""MQTT control packets: MQTT 3.1.1 chapters 2 and 3, MQTT 5.0 chapters 2 and 3. A publish ends before its application message, which may be long."""

from construct import *

text = Prefixed(Int16ub, GreedyBytes)

property_id = Enum(Int8ub, payload_format_indicator=1, message_expiry_interval=2, content_type=3, response_topic=8, correlation_data=9, subscription_identifier=11,
    session_expiry_interval=17, assigned_client_identifier=18, server_keep_alive=19, authentication_method=21, authentication_data=22, request_problem_information=23,
    will_delay_interval=24, request_response_information=25, response_information=26, server_reference=28, reason_string=31, receive_maximum=33,
    topic_alias_maximum=34, topic_alias=35, maximum_qos=36, retain_available=37, user_property=38, maximum_packet_size=39, wildcard_subscription_available=40,
    subscription_identifier_available=41, shared_subscription_available=42)
value = Switch(this.id, {
    **{name: Int32ub for name in ("message_expiry_interval", "session_expiry_interval", "will_delay_interval", "maximum_packet_size")},
    **{name: Int16ub for name in ("server_keep_alive", "receive_maximum", "topic_alias_maximum", "topic_alias")},
    **{name: text for name in ("content_type", "response_topic", "correlation_data", "assigned_client_identifier", "authentication_method", "authentication_data",
        "response_information", "server_reference", "reason_string")},
    "subscription_identifier": VarInt, "user_property": Struct("name" / text, "value" / text)}, default=Int8ub)
properties = Prefixed(VarInt, GreedyRange(Struct("id" / property_id, "value" / value)))
properties5 = If(this._params.version == 5, properties)

connect = Struct("protocol" / text, "version" / Int8ub,
    "flags" / BitStruct("username" / Flag, "password" / Flag, "will_retain" / Flag, "will_qos" / BitsInteger(2), "will" / Flag, "clean_session" / Flag, Padding(1)),
    "keepalive" / Int16ub, "properties" / If(this.version == 5, properties), "client_id" / text,
    "will" / If(this.flags.will, Struct("properties" / If(this._.version == 5, properties), "topic" / text, "message" / text)),
    "username" / If(this.flags.username, text), "password" / If(this.flags.password, text))
connack = Struct("session_present" / Int8ub, "code" / Int8ub, "properties" / properties5)
publish = Struct("topic" / text, "packet_id" / If(this._.head.qos > 0, Int16ub), "properties" / properties5)
ack = Struct("packet_id" / Int16ub, "code" / If(this._.length > 2, Int8ub), "properties" / If(this._.length > 3, properties))
subscribe = Struct("packet_id" / Int16ub, "properties" / properties5, "topics" / GreedyRange(Struct("topic" / text, "options" / Int8ub)))
unsubscribe = Struct("packet_id" / Int16ub, "properties" / properties5, "filters" / GreedyRange(text))
suback = Struct("packet_id" / Int16ub, "properties" / properties5, "codes" / GreedyRange(Int8ub))
leave = Struct("code" / If(this._.length > 0, Int8ub), "properties" / If(this._.length > 1, properties))

packet = Struct(
    "head" / BitStruct("type" / Enum(BitsInteger(4), connect=1, connack=2, publish=3, puback=4, pubrec=5, pubrel=6, pubcomp=7, subscribe=8,
        suback=9, unsubscribe=10, unsuback=11, pingreq=12, pingresp=13, disconnect=14, auth=15), "dup" / Flag, "qos" / BitsInteger(2), "retain" / Flag),
    "length" / VarInt, Check(this.length < 268435456), "start" / Tell,
    "body" / IfThenElse(this.head.type == "publish", publish, FixedSized(this.length, Switch(this.head.type, {"connect": connect, "connack": connack,
        "puback": ack, "pubrec": ack, "pubrel": ack, "pubcomp": ack, "subscribe": subscribe, "suback": suback, "unsubscribe": unsubscribe, "unsuback": suback,
        "disconnect": leave, "auth": leave}, default=GreedyBytes))),
    "end" / Tell, "left" / Computed(this.length - this.end + this.start), Check(this.left >= 0))
