//! What can be done with a notice.

use gannet::events::Enum;

/// One thing that is done with a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action {
    /// A row in `notice.log`.
    Log,
    /// A row in `notice_alarm.log`.
    Alarm,
    /// A mail.
    Mail,
    /// A request to a web server.
    Webhook,
}

impl Action {
    /// All of them, in the order in which a row has them.
    pub const ALL: [Self; 4] = [Self::Log, Self::Alarm, Self::Mail, Self::Webhook];

    /// What it is called in a configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Alarm => "alarm",
            Self::Mail => "mail",
            Self::Webhook => "webhook",
        }
    }

    /// What it is called in a row. Zeek knows no requests to web servers.
    const fn shown(self) -> Enum {
        Enum(match self {
            Self::Log => "Notice::ACTION_LOG",
            Self::Alarm => "Notice::ACTION_ALARM",
            Self::Mail => "Notice::ACTION_EMAIL",
            Self::Webhook => "Notice::ACTION_WEBHOOK",
        })
    }
}

/// All that is done with a notice; nothing if it is dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Actions(u8);

impl Actions {
    /// What is done with a notice that nobody said anything of.
    pub(super) const LOGGED: Self = Self(1 << Action::Log as u8);

    /// Whether this is done.
    pub const fn contains(self, action: Action) -> bool {
        self.0 >> action as u8 & 1 == 1
    }

    /// Whether nothing is done.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// As a row has them.
    pub(super) fn shown(self) -> Vec<Enum> {
        Action::ALL.into_iter().filter(|action| self.contains(*action)).map(Action::shown).collect()
    }
}

impl FromIterator<Action> for Actions {
    fn from_iter<I: IntoIterator<Item = Action>>(actions: I) -> Self {
        Self(actions.into_iter().fold(0, |all, action| all | 1 << action as u8))
    }
}
