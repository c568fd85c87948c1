//! Operations that are under way, by number: searches, and all others. They outlive the analyzer, for what is open at the end of
//! the connection has a row as well.

use std::borrow::Cow;

use super::bind::{Bind, Method};
use super::names;
use super::parse::{Head, Operation, Outcome, Search};
use super::record::{Ldap, LdapSearch};
use crate::analyzers::{Context, Remains};

/// Operations, and searches, that are under way on one connection; with one more, all of them have their rows at once.
const MAX_OPEN: usize = 10;
/// How weirds name their source, on either transport.
const SOURCE: Option<&str> = Some("LDAP");
/// The operation of a simple bind: its argument is a password.
const SIMPLE: &str = "bind simple";

/// What is under way on a connection.
#[derive(Default)]
pub(super) struct Operations {
    messages: Vec<Ldap>,
    searches: Vec<LdapSearch>,
}

/// A value that should not change is set.
fn set<T: AsRef<[u8]> + PartialEq>(
    cx: &mut Context<'_>,
    (weird, id): (&'static str, i64),
    field: &mut Option<T>,
    value: T,
) {
    if let Some(known) = field.as_ref().filter(|known| **known != value) {
        let addl = [format!("{id}: ").as_bytes(), known.as_ref(), b" -> ", value.as_ref()].concat();
        cx.weird_from(SOURCE, weird, addl);
    }
    *field = Some(value);
}

/// A text that is not empty.
fn some(text: Vec<u8>) -> Option<Vec<u8>> {
    (!text.is_empty()).then_some(text)
}

/// What an operation is called, requests and answers alike.
fn title(operation: Operation) -> &'static str {
    match operation {
        Operation::BindRequest | Operation::BindResponse => "bind",
        Operation::UnbindRequest => "unbind",
        Operation::SearchRequest
        | Operation::SearchEntry
        | Operation::SearchDone
        | Operation::SearchReference => "search",
        Operation::ModifyRequest
        | Operation::ModifyResponse
        | Operation::ModifyDnRequest
        | Operation::ModifyDnResponse => "modify",
        Operation::AddRequest | Operation::AddResponse => "add",
        Operation::DeleteRequest | Operation::DeleteResponse => "delete",
        Operation::CompareRequest | Operation::CompareResponse => "compare",
        Operation::AbandonRequest => "abandon",
        Operation::ExtendedRequest | Operation::ExtendedResponse => "extended",
        Operation::Intermediate => "intermediate",
    }
}

/// Whether an operation is over with a message.
fn is_over(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::BindResponse
            | Operation::UnbindRequest
            | Operation::ModifyResponse
            | Operation::AddResponse
            | Operation::DeleteResponse
            | Operation::ModifyDnResponse
            | Operation::CompareResponse
            | Operation::AbandonRequest
            | Operation::ExtendedResponse
    )
}

/// How a bind is called.
fn bind_title(method: Method) -> &'static str {
    match method {
        Method::Simple => SIMPLE,
        Method::Sasl => "bind SASL",
        Method::SicilyNegotiate => "sicily_negotiate",
        Method::SicilyResponse => "sicily_response",
        Method::SicilyDiscovery => "LDAP::BindAuthType_SICILY_PACKAGE_DISCOVERY",
        Method::Other => "LDAP::BindAuthType_Undef",
    }
}

impl Operations {
    fn message(&mut self, cx: &mut Context<'_>, id: i64) -> Option<&mut Ldap> {
        let at = self.messages.iter().position(|row| row.message_id == id);
        if at.is_none() {
            if self.messages.len() >= MAX_OPEN {
                cx.weird_from(SOURCE, "LDAP_max_pending_messages_exceeded", MAX_OPEN.to_string());
                self.tell_messages(cx);
            }
            self.messages.push(Ldap {
                ts: cx.now(),
                conn: cx.conn(),
                message_id: id,
                version: None,
                opcode: None,
                result: None,
                diagnostic_message: None,
                object: None,
                argument: None,
            });
        }
        match at {
            Some(at) => self.messages.get_mut(at),
            None => self.messages.last_mut(),
        }
    }

    fn search(&mut self, cx: &mut Context<'_>, id: i64) -> Option<&mut LdapSearch> {
        let at = self.searches.iter().position(|row| row.message_id == id);
        if at.is_none() {
            if self.searches.len() >= MAX_OPEN {
                cx.weird_from(SOURCE, "LDAP_max_pending_searches_exceeded", MAX_OPEN.to_string());
                self.tell_searches(cx);
            }
            self.searches.push(LdapSearch {
                ts: cx.now(),
                conn: cx.conn(),
                message_id: id,
                scope: None,
                deref_aliases: None,
                base_object: None,
                result_count: 0,
                result: None,
                diagnostic_message: None,
                filter: None,
                attributes: None,
            });
        }
        match at {
            Some(at) => self.searches.get_mut(at),
            None => self.searches.last_mut(),
        }
    }

    /// A client asks to be bound.
    pub(super) fn bind(&mut self, cx: &mut Context<'_>, id: i64, bind: &Bind) {
        let Some(row) = self.message(cx, id) else { return };
        row.version.get_or_insert(bind.version);
        if let Some(known) = &row.opcode {
            cx.weird_from(SOURCE, "LDAP_bind_opcode_already_set", known.as_bytes());
        }
        let title = bind_title(bind.method);
        if matches!(bind.method, Method::SicilyDiscovery | Method::Other) {
            cx.weird_from(SOURCE, "LDAP_unknown_auth_type", title);
        }
        row.opcode = Some(title.into());
    }

    /// A message of an operation that is no search: what it is about, what is to be done, and how it ended.
    pub(super) fn other(
        &mut self,
        cx: &mut Context<'_>,
        head: &Head,
        (object, argument): (Vec<u8>, Vec<u8>),
        outcome: Option<Outcome>,
    ) {
        let id = head.id;
        let Some(row) = self.message(cx, id) else { return };
        entitle(cx, row, title(head.operation));
        if let Some(outcome) = outcome {
            let result = names::result(outcome.code);
            set(cx, ("LDAP_message_result_change", id), &mut row.result, result);
            if let Some(words) = some(outcome.words) {
                set(cx, ("LDAP_message_diagnostic_message_change", id), &mut row.diagnostic_message, words);
            }
        }
        if let Some(object) = some(object) {
            let extension = names::extension(&object);
            set(cx, ("LDAP_message_object_change", id), &mut row.object, object);
            if let Some(object) = row.object.as_mut().filter(|_| head.operation == Operation::ExtendedRequest)
            {
                object.extend_from_slice(format!(" ({extension})").as_bytes());
            }
        }
        if let Some(argument) = some(argument) {
            let secret = row.opcode.as_deref() == Some(SIMPLE);
            let argument = if secret { b"REDACTED".to_vec() } else { argument };
            set(cx, ("LDAP_message_argument_change", id), &mut row.argument, argument);
        }
        if is_over(head.operation)
            && let Some(at) = self.messages.iter().position(|row| row.message_id == id)
        {
            cx.emit(&self.messages.remove(at));
        }
    }

    /// A search begins.
    pub(super) fn begin_search(&mut self, cx: &mut Context<'_>, id: i64, search: &Search) {
        let Some(row) = self.search(cx, id) else { return };
        set(cx, ("LDAP_search_scope_change", id), &mut row.scope, names::scope(search.scope));
        set(cx, ("LDAP_search_deref_aliases_change", id), &mut row.deref_aliases, names::deref(search.deref));
        if let Some(base) = some(search.base.clone()) {
            set(cx, ("LDAP_search_base_object_change", id), &mut row.base_object, base);
        }
        set(cx, ("LDAP_search_filter_change", id), &mut row.filter, search.filter.clone());
    }

    /// A search finds an entry.
    pub(super) fn entry(&mut self, cx: &mut Context<'_>, id: i64) {
        if let Some(row) = self.search(cx, id) {
            row.result_count += 1;
        }
    }

    /// A search is over.
    pub(super) fn end_search(&mut self, cx: &mut Context<'_>, id: i64, outcome: Outcome) {
        let Some(row) = self.search(cx, id) else { return };
        set(cx, ("LDAP_search_result_change", id), &mut row.result, names::result(outcome.code));
        if let Some(words) = some(outcome.words) {
            set(cx, ("LDAP_search_diagnostic_message_change", id), &mut row.diagnostic_message, words);
        }
        if let Some(at) = self.searches.iter().position(|row| row.message_id == id) {
            cx.emit(&self.searches.remove(at));
        }
    }

    fn tell_messages(&mut self, cx: &mut Context<'_>) {
        let told = std::mem::take(&mut self.messages);
        told.iter().filter(|row| row.message_id > 0).for_each(|row| cx.emit(row));
    }

    fn tell_searches(&mut self, cx: &mut Context<'_>) {
        let told = std::mem::take(&mut self.searches);
        told.iter().filter(|row| row.message_id > 0).for_each(|row| cx.emit(row));
    }

    /// All that is open has its row.
    pub(super) fn tell(&mut self, cx: &mut Context<'_>) {
        self.tell_messages(cx);
        self.tell_searches(cx);
    }
}

/// Says what the operation is; a bind says more of itself elsewhere.
fn entitle(cx: &mut Context<'_>, row: &mut Ldap, title: &'static str) {
    let id = row.message_id;
    match &row.opcode {
        Some(_) if title == "bind" => return,
        None if title == "bind" => {
            cx.weird_from(SOURCE, "LDAP_bind_without_opcode", format!("{id}: {title}"));
        }
        Some(known) if known != title => {
            cx.weird_from(SOURCE, "LDAP_message_opcode_change", format!("{id}: {known} -> {title}"));
        }
        _ => {}
    }
    row.opcode = Some(Cow::Borrowed(title));
}

fn length(text: &Option<Vec<u8>>) -> usize {
    text.as_ref().map_or(0, Vec::capacity)
}

impl Remains for Operations {
    fn finish(mut self: Box<Self>, cx: &mut Context<'_>) {
        self.tell(cx);
    }

    fn held(&self) -> usize {
        let messages = self.messages.iter();
        let messages: usize = messages
            .map(|row| length(&row.diagnostic_message) + length(&row.object) + length(&row.argument))
            .sum();
        let searches = self.searches.iter();
        let searches: usize = searches
            .map(|row| length(&row.diagnostic_message) + length(&row.base_object) + length(&row.filter))
            .sum();
        let lists =
            self.messages.capacity() * size_of::<Ldap>() + self.searches.capacity() * size_of::<LdapSearch>();
        size_of::<Self>() + lists + messages + searches
    }
}
