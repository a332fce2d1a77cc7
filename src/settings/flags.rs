//! A flag for every setting that is no secret, listed in `--help` by its table.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::OsStringValueParser;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, value_parser};

use super::{Mark, Setting, TABLES, Table};

const CONFIG: &str = "config";

/// What the command line says of the settings.
pub struct Flags {
    /// File of settings.
    pub file: Option<PathBuf>,
    /// Values by the names of their settings.
    pub given: Vec<(&'static str, OsString)>,
}

fn arg(table: &'static Table, setting: &'static Setting) -> Arg {
    let (shape, default) = ((setting.shape)(), (setting.default)());
    let about = setting.en.trim_end_matches('.');
    let mut arg = Arg::new(setting.name)
        .long(setting.flag())
        .value_name(shape.noun)
        .value_parser(OsStringValueParser::new())
        .help(about)
        .long_help(format!("{}\n[{}; default: {}]", setting.en, shape.rule.en, default.en))
        .hide_short_help(!setting.is(Mark::Common))
        // A negative number is refused by the setting's name, not taken for a flag.
        .allow_negative_numbers(true)
        .global(true);
    if !setting.is(Mark::Common) {
        arg = arg.help_heading(table.title[0]);
    }
    match shape.alone {
        Some(value) => arg.num_args(0..=1).default_missing_value(value),
        None => arg,
    }
}

/// Settings with their tables that have a flag.
fn with_flag() -> impl Iterator<Item = (&'static Table, &'static Setting)> {
    let all = TABLES.iter().flat_map(|table| table.settings.iter().map(|setting| (*table, setting)));
    all.filter(|(_, setting)| !setting.is(Mark::Secret))
}

/// What `--help` says at its end.
fn notes() -> String {
    let secrets = TABLES.iter().flat_map(|table| table.settings).filter(|setting| setting.is(Mark::Secret));
    let secrets: Vec<&str> = secrets.map(|setting| setting.name).collect();
    format!(
        "Without a flag, since flags stand in the process list: {}. Set them in the file or in the environment, and there \
         also a database_url with a password in it.",
        secrets.join(", ")
    )
}

impl Args for Flags {
    fn augment_args(command: Command) -> Command {
        let file = Arg::new(CONFIG).long(CONFIG).value_name("FILE").value_parser(value_parser!(PathBuf)).global(true);
        let flags = with_flag().map(|(table, setting)| arg(table, setting));
        command.arg(file.help("File of settings in TOML")).args(flags).after_long_help(notes())
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let value = |setting: &Setting| matches.get_one::<OsString>(setting.name).cloned();
        let given = with_flag().filter_map(|(_, setting)| Some((setting.name, value(setting)?))).collect();
        Ok(Self { file: matches.get_one(CONFIG).cloned(), given })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
