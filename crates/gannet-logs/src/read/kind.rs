//! Types by their names in a header.

use gannet::events::Kind;

/// The type of a name such as `set[addr]`; what no column of ours has is text.
pub(super) fn of_name(name: &str) -> Kind {
    let element = |name: &str, prefix: &str| name.strip_prefix(prefix)?.strip_suffix(']').map(scalar);
    if let Some(kind) = element(name, "set[") {
        return Kind::Set(kind);
    }
    if let Some(kind) = element(name, "vector[") {
        return Kind::Vector(kind);
    }
    *scalar(name)
}

fn scalar(name: &str) -> &'static Kind {
    match name {
        "time" => &Kind::Time,
        "interval" => &Kind::Interval,
        "double" => &Kind::Double,
        "count" => &Kind::Count,
        "int" => &Kind::Int,
        "bool" => &Kind::Bool,
        "port" => &Kind::Port,
        "addr" => &Kind::Addr,
        "enum" => &Kind::Enum,
        _ => &Kind::Text,
    }
}
