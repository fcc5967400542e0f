"""Messages of LDAP version 3: RFC 4511 section 4, in the basic encoding rules with definite lengths (section 5.1)."""

from construct import *

size = FocusedSeq("n", "first" / Int8ub, Check(this.first != 128), Check(this.first <= 132), "n" / IfThenElse(this.first < 128, Computed(this.first), BytesInteger(this.first & 127)))


def tagged(tag, body):
    return FocusedSeq("body", Const(tag, Int8ub), "body" / Prefixed(size, body))


def number(tag):
    return FocusedSeq("n", Const(tag, Int8ub), "size" / size, Check(this.size > 0), Check(this.size <= 8), "n" / BytesInteger(this.size, signed=True))


def value(tag):
    return tagged(tag, GreedyBytes)


octets, integer, enumerated = value(4), number(2), number(10)
boolean = FocusedSeq("truth", "number" / number(1), "truth" / Computed(this.number != 0))
any_value = Struct("tag" / Int8ub, "value" / Prefixed(size, GreedyBytes))

assertion = Struct("attribute_desc" / octets, "assertion_value" / octets)
substring = Struct("type" / Enum(Int8ub, initial=0x80, any=0x81, final=0x82), "value" / Prefixed(size, GreedyBytes))
matching = Struct("rule" / Optional(value(0x81)), "attribute_desc" / Optional(value(0x82)), "assertion_value" / value(0x83), "dn" / Optional(value(0x84)))
filter = Struct("type" / Enum(Int8ub, all=0xa0, any=0xa1, none=0xa2, equality_match=0xa3, substrings=0xa4, greater_or_equal=0xa5, less_or_equal=0xa6,
    present=0x87, approx_match=0xa8, extensible_match=0xa9), "value" / Prefixed(size, Switch(this.type, {
        "all": GreedyRange(LazyBound(lambda: filter)), "any": GreedyRange(LazyBound(lambda: filter)), "none": LazyBound(lambda: filter),
        "equality_match": assertion, "greater_or_equal": assertion, "less_or_equal": assertion, "approx_match": assertion,
        "substrings": Struct("attribute_desc" / octets, "substrings" / tagged(48, GreedyRange(substring))), "extensible_match": matching}, default=GreedyBytes)))

attribute = tagged(48, Struct("type" / octets, "values" / tagged(49, GreedyRange(octets))))
attributes = tagged(48, GreedyRange(attribute))
change = tagged(48, Struct("operation" / FocusedSeq("name", "number" / enumerated, "name" / Enum(Computed(this.number), add=0, delete=1, replace=2, increment=3)), "modification" / attribute))
code = Enum(enumerated, success=0, operations_error=1, protocol_error=2, time_limit_exceeded=3, size_limit_exceeded=4, compare_false=5, compare_true=6,
    auth_method_not_supported=7, stronger_auth_required=8, referral=10, admin_limit_exceeded=11, unavailable_critical_extension=12, confidentiality_required=13,
    sasl_bind_in_progress=14, no_such_attribute=16, undefined_attribute_type=17, inappropriate_matching=18, constraint_violation=19, attribute_or_value_exists=20,
    invalid_attribute_syntax=21, no_such_object=32, alias_problem=33, invalid_dns_syntax=34, alias_dereferencing_problem=36, inappropriate_authentication=48,
    invalid_credentials=49, insufficient_access_rights=50, busy=51, unavailable=52, unwilling_to_perform=53, loop_detect=54, naming_violation=64,
    object_class_violation=65, not_allowed_on_non_leaf=66, not_allowed_on_rdn=67, entry_already_exists=68, object_class_mods_prohibited=69, affects_multiple_dsas=71, other=80)
result = ["result_code" / code, "matched_dn" / octets, "message" / octets, "referral" / Optional(tagged(0xa3, GreedyRange(octets)))]

_operations = {
    "bind_request": Struct("version" / integer, "name" / octets, "method" / Int8ub, "credentials" / Prefixed(size, IfThenElse(this.method == 0xa3,
        Struct("mechanism" / octets, "credentials" / Optional(octets)), Struct("password" / GreedyBytes)))),
    "bind_response": Struct(*result, "server_sasl_creds" / Optional(value(0x87))),
    "search_request": Struct("base_object" / octets, "scope" / enumerated, "deref_alias" / enumerated, "size_limit" / integer, "time_limit" / integer,
        "types_only" / boolean, "filter" / filter, "attributes" / tagged(48, GreedyRange(octets))),
    "search_result_entry": Struct("base_object" / octets, "attributes" / attributes),
    "search_result_reference": Struct("uris" / GreedyRange(octets)),
    "modify_request": Struct("object" / octets, "changes" / tagged(48, GreedyRange(change))),
    "add_request": Struct("entry" / octets, "attributes" / attributes),
    "del_request": Struct("dn" / GreedyBytes),
    "mod_dn_request": Struct("entry" / octets, "new_rdn" / octets, "delete_old_rdn" / boolean, "new_superior" / Optional(value(0x80))),
    "compare_request": Struct("entry" / octets, "attribute_value_assertion" / tagged(48, assertion)),
    "abandon_request": Struct("message_id" / GreedyBytes),
    "extended_request": Struct("request_name" / value(0x80), "request_value" / Optional(value(0x81))),
    "extended_response": Struct(*result, "response_name" / Optional(value(0x8a)), "response_value" / Optional(value(0x8b))),
    "intermediate_response": Struct("response_name" / Optional(value(0x80)), "response_value" / Optional(value(0x81))),
    **{name: Struct(*result) for name in ("search_result_done", "modify_response", "add_response", "del_response", "mod_dn_response", "compare_response")}}

message = tagged(48, Struct("message_id" / integer,
    "operation" / Enum(Int8ub, bind_request=0x60, bind_response=0x61, unbind_request=0x42, search_request=0x63, search_result_entry=0x64, search_result_done=0x65,
        modify_request=0x66, modify_response=0x67, add_request=0x68, add_response=0x69, del_request=0x4a, del_response=0x6b, mod_dn_request=0x6c, mod_dn_response=0x6d,
        compare_request=0x6e, compare_response=0x6f, abandon_request=0x50, search_result_reference=0x73, extended_request=0x77, extended_response=0x78,
        intermediate_response=0x79),
    "body" / Prefixed(size, Switch(this.operation, _operations, default=GreedyBytes)),
    "controls" / GreedyRange(any_value)))

# After a SASL bind messages may be wrapped in a security layer (RFC 4422 section 3.7): a length of four octets, of which the first is 0, then nothing readable.
wrapped = FocusedSeq("message", "first" / Peek(Int8ub), "message" / IfThenElse(this.first == 0,
    Struct("kind" / Computed("_sealed"), "data" / Prefixed(Int32ub, GreedyBytes)), message))
