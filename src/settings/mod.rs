//! Settings: whoever has some states them in one table, each with its form. What is read, `--help`, the flags and the
//! lists of the READMEs are made from the tables.

mod addresses;
mod flags;
mod forms;
mod sources;

use std::any::Any;
use std::fmt;

pub use addresses::{
    BASE_URL, Network, base_url, database_url, issuer, meeting_url, network, origin, outbound_host, proxies, redirect_uri,
    shown_database_url,
};
pub use flags::{flags, given};
pub use forms::{
    Form, Shape, choice, claim_name, count, days, hours, list, minutes, optional, parsed, period, plain_text, seconds, switch,
    word,
};
pub use sources::{Given, Reading, Sources};

use crate::error::Text;

/// What is special about a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Somebody who only tries the product out may make it; any other one means an office in earnest.
    Trial,
    /// Shown nowhere, and no flag, since flags stand in the process list.
    Secret,
    /// Among the few that `-h` lists.
    Common,
}

/// One setting, as its table states it.
pub struct Setting {
    /// Name in the file; a dot leads into a table of it.
    pub name: &'static str,
    /// What it does, in English.
    pub en: &'static str,
    /// The same in Chinese.
    pub zh: &'static str,
    pub marks: &'static [Mark],
    /// What values it takes.
    pub shape: fn() -> Shape,
    pub default: fn() -> Text,
    /// The value among the settings of its table.
    pub shown: fn(&dyn Any) -> Option<Text>,
}

impl Setting {
    pub fn is(&self, mark: Mark) -> bool {
        self.marks.contains(&mark)
    }

    /// Name in the environment.
    pub fn variable(&self) -> String {
        format!("{}{}", sources::PREFIX, plain(self.name)).to_ascii_uppercase()
    }

    /// Name of the flag, without its hyphens; a secret has none.
    pub fn flag(&self) -> Option<String> {
        (!self.is(Mark::Secret)).then(|| plain(self.name).replace('_', "-"))
    }
}

/// A name as one word.
fn plain(name: &str) -> String {
    name.to_ascii_lowercase().replace('.', "_")
}

/// The settings of one domain, or of the node.
pub struct Table {
    /// Heading of its list, in English and in Chinese.
    pub title: [&'static str; 2],
    pub settings: &'static [Setting],
    /// Reads them all; what is not given has its default.
    pub read: fn(&mut Reading) -> Group,
    /// Rules between settings.
    pub rules: &'static [fn(&Values) -> Vec<Fault>],
}

/// The settings of one table, of the type that the table makes.
pub type Group = Box<dyn Any + Send + Sync>;

/// A type whose table [`settings!`](crate::settings!) has made.
pub trait Settings: Any + Send + Sync + Default {
    const TABLE: &'static Table;
}

/// The settings of several tables, each group found by its type.
pub struct Values(Vec<(&'static Table, Group)>);

impl Values {
    /// Reads the settings of some tables.
    pub fn read(tables: &[&'static Table], reading: &mut Reading) -> Self {
        Self(tables.iter().map(|table| (*table, (table.read)(reading))).collect())
    }

    /// The settings of one table.
    ///
    /// # Panics
    /// Where the table was not read: a fault of ours, found by the first test.
    pub fn of<T: Settings>(&self) -> &T {
        let found = self.0.iter().find_map(|(_, group)| group.downcast_ref());
        found.unwrap_or_else(|| panic!("nobody has read the settings of {}", T::TABLE.title[0]))
    }

    /// The same, to change them.
    ///
    /// # Panics
    /// As [`of`](Self::of).
    pub fn of_mut<T: Settings>(&mut self) -> &mut T {
        let found = self.0.iter_mut().find_map(|(_, group)| group.downcast_mut());
        found.unwrap_or_else(|| panic!("nobody has read the settings of {}", T::TABLE.title[0]))
    }

    /// What is wrong between settings that are each of their form.
    pub fn contradictions(&self) -> Vec<Fault> {
        self.0.iter().flat_map(|(table, _)| table.rules).flat_map(|rule| rule(self)).collect()
    }

    /// Settings that differ from their defaults, a line each; of a secret only that it is set.
    pub fn changed(&self) -> Vec<String> {
        let settings = self.0.iter().flat_map(|(table, group)| table.settings.iter().map(move |setting| (setting, group)));
        let changed = settings.filter_map(|(setting, group)| {
            let shown = (setting.shown)(group.as_ref()).filter(|shown| *shown != (setting.default)())?;
            let value = if setting.is(Mark::Secret) { "(set)" } else { shown.en.as_ref() };
            Some(format!("{} = {value}", setting.name))
        });
        changed.collect()
    }
}

/// Why a setting cannot be used; the value is never told, since it may be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    names: Vec<&'static str>,
    text: String,
}

impl Fault {
    /// Settings that contradict each other or the way the office is run; the text names them.
    pub fn between(names: &[&'static str], text: impl Into<String>) -> Self {
        Self { names: names.to_vec(), text: text.into() }
    }

    /// A setting that is not of its form, and where it was set.
    fn of(name: &'static str, place: &str, rule: &str) -> Self {
        Self { names: vec![name], text: format!("{name} ({place}) must be {rule}") }
    }

    /// Something that is no setting.
    fn about(text: String) -> Self {
        Self { names: Vec::new(), text }
    }

    /// Whether it is about a setting that another fault is about too.
    pub fn follows(&self, others: &[Self]) -> bool {
        others.iter().any(|other| other.names.iter().any(|name| self.names.contains(name)))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Everything that is wrong with the settings.
#[derive(Debug, thiserror::Error)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the settings cannot be used")?;
        self.0.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

/// The name in the file: its own one, or the field's.
pub const fn file_name(field: &'static str, own: &[&'static str]) -> &'static str {
    match own {
        [name, ..] => name,
        [] => field,
    }
}

/// States settings: a struct with a default for each, and the [`Table`] from which everything else is made.
///
/// The struct's two lines of comment are the heading of its list, those of a field what the setting does, each in English
/// and in Chinese. A field has a type, a default and a [`Form`]; `as "table.name"` gives it another name in the file, and
/// [`Mark`]s may follow. After the struct's name stands the function that knows the rules between settings, if there are any.
#[macro_export]
macro_rules! settings {
    (
        #[doc = $title:literal]
        #[doc = $title_zh:literal]
        pub struct $group:ident $(, $rules:path)?;
        $(
            #[doc = $en:literal]
            #[doc = $zh:literal]
            $field:ident $(as $name:literal)? : $type:ty = $default:expr, $form:expr $(, $mark:ident)*;
        )+
    ) => {
        #[doc = $title]
        #[doc = ""]
        #[doc = $title_zh]
        pub struct $group {
            $(
                #[doc = $en]
                #[doc = ""]
                #[doc = $zh]
                pub $field: $type,
            )+
        }

        impl Default for $group {
            fn default() -> Self {
                Self { $($field: $default,)+ }
            }
        }

        impl $crate::settings::Settings for $group {
            const TABLE: &'static $crate::settings::Table = &$crate::settings::Table {
                title: [$title.trim_ascii(), $title_zh.trim_ascii()],
                settings: &[$(
                    $crate::settings::Setting {
                        name: $crate::settings::file_name(stringify!($field), &[$($name)?]),
                        en: $en.trim_ascii(),
                        zh: $zh.trim_ascii(),
                        marks: &[$($crate::settings::Mark::$mark),*],
                        shape: || $crate::settings::Form::shape(&$form),
                        default: || $crate::settings::Form::show(&$form, &Self::default().$field),
                        shown: |group| {
                            let group = group.downcast_ref::<Self>()?;
                            Some($crate::settings::Form::show(&$form, &group.$field))
                        },
                    },
                )+],
                read: |reading| {
                    let usual = Self::default();
                    Box::new(Self {
                        $($field: reading.take(
                            $crate::settings::file_name(stringify!($field), &[$($name)?]), &$form, usual.$field,
                        ),)+
                    })
                },
                rules: &[$($rules)?],
            };
        }
    };
}
