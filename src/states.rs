//! State machines as tables: an act, the states in which it may happen, and the state that it leads to.

/// Defines the acts on a status: `Act "name" { From => To, … };`. A refused act is 409 with the acts that are allowed.
#[macro_export]
macro_rules! transitions {
    ($(#[doc = $doc:expr])* $vis:vis enum $act:ident on $status:ident {
        $($variant:ident $name:literal { $($from:ident => $to:ident),+ $(,)? })+
    }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $vis enum $act { $($variant),+ }

        impl $act {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The act as callers know it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The state that the act leads to; `None` where it is refused.
            pub fn after(self, status: $status) -> Option<$status> {
                match (self, status) {
                    $($((Self::$variant, $status::$from) => Some($status::$to),)+)+
                    #[allow(unreachable_patterns)]
                    _ => None,
                }
            }

            /// What can be done in a state, by name.
            pub fn allowed(status: $status) -> Vec<&'static str> {
                Self::ALL.iter().filter(|act| act.after(status).is_some()).map(|act| act.name()).collect()
            }

            /// The state after the act, or the refusal that names what is allowed.
            pub fn apply(self, status: $status) -> $crate::error::Result<$status> {
                self.after(status).ok_or_else(|| $crate::error::Error::wrong_state(&Self::allowed(status)))
            }

            /// The table for people.
            pub fn print() -> String {
                let mut text = String::new();
                for act in Self::ALL {
                    for status in $status::ALL {
                        let to = act.after(*status).map_or("-", |to| to.as_str());
                        text.push_str(&format!("{:<24} {:<20} {to}\n", act.name(), status.as_str()));
                    }
                }
                text
            }
        }
    };
}
