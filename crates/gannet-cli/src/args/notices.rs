//! Rules for notices, and who gets them.

use gannet_policy::Policy;
use gannet_policy::notice::{Action, RuleSpec, Rules};
use gannet_policy::settings::Settings;

use super::line::Args;

impl Args {
    /// Puts the rules that the options name in the place of those that there were.
    ///
    /// # Errors
    /// A rule that cannot be used, or that sends notices where no way is. Nothing is changed then.
    pub(crate) fn load_rules(&self) -> Result<(), String> {
        self.check_rules()?;
        let sending = self.sending.mail.iter().flat_map(|mail| &mail.to);
        self.rules.mail_to(sending.map(ToString::to_string).collect());
        self.rules.replace(&self.notices, &self.saved()?).map_err(|error| error.to_string())
    }

    /// Whether rules can be used, without using them.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn check_rules(&self) -> Result<(), String> {
        let ways =
            [(Action::Mail, self.sending.mail.is_some()), (Action::Webhook, self.sending.webhook.is_some())];
        for (action, there) in ways {
            let name = action.name();
            let asks =
                |rule: &RuleSpec| rule.actions.as_ref().is_some_and(|actions| actions.contains(&action));
            if let Some(number) = self.notices.iter().position(asks).filter(|_| !there) {
                let number = number + 1;
                return Err(format!(
                    "notice rule {number}: {name} has no way to go: expected a part [{name}]"
                ));
            }
        }
        Rules::default().replace(&self.notices, &self.saved()?).map_err(|error| error.to_string())
    }

    /// What is set of a policy.
    pub(crate) fn settings_of(&self, policy: &Policy) -> Settings {
        let set = self.settings.iter().find(|(of, _)| of.name == policy.name);
        set.map(|(_, settings)| settings.clone()).unwrap_or_default()
    }

    /// Whether the settings of policies of two sets of options are the same.
    pub(crate) fn set_as(&self, other: &Self) -> bool {
        let set = |args: &Self| {
            let set = args.settings.iter().filter(|(_, settings)| !settings.is_default());
            set.map(|(policy, settings)| (policy.name, settings.clone())).collect::<Vec<_>>()
        };
        set(self) == set(other)
    }

    /// Whether the rules of two sets of options are the same.
    pub(crate) fn rules_as(&self, other: &Self) -> bool {
        self.notices == other.notices && (self.notices.is_empty() || self.predicates == other.predicates)
    }

    /// Whether notices are sent to somebody: not those of captures, which are old.
    pub(crate) fn sends(&self) -> bool {
        !self.live.interfaces.is_empty() && (self.sending.mail.is_some() || self.sending.webhook.is_some())
    }
}
