//! A flag for every setting that is no secret, listed in `--help` by its table.

use std::ffi::OsString;

use clap::builder::OsStringValueParser;
use clap::{Arg, ArgMatches, Command};

use super::{Mark, Setting, Table};

/// Adds the flags of some tables to the command line.
pub fn flags(command: Command, tables: &[&'static Table]) -> Command {
    let of = |table: &'static Table| table.settings.iter().filter_map(move |setting| flag(table, setting));
    command.args(tables.iter().flat_map(|table| of(table))).after_long_help(notes(tables))
}

/// What the command line gives, by the names of the settings.
pub fn given(matches: &ArgMatches, tables: &[&'static Table]) -> Vec<(&'static str, OsString)> {
    let with_flag = tables.iter().flat_map(|table| table.settings).filter(|setting| setting.flag().is_some());
    with_flag.filter_map(|setting| Some((setting.name, matches.get_one::<OsString>(setting.name)?.clone()))).collect()
}

fn flag(table: &'static Table, setting: &'static Setting) -> Option<Arg> {
    let (shape, default) = ((setting.shape)(), (setting.default)());
    let arg = Arg::new(setting.name)
        .long(setting.flag()?)
        .value_name(shape.noun)
        .value_parser(OsStringValueParser::new())
        .help(setting.en.trim_end_matches('.'))
        .long_help(format!("{}\n[{}; default: {}]", setting.en, shape.rule.en, default.en))
        .hide_short_help(!setting.is(Mark::Common))
        // A negative number is refused by the setting's name, not taken for a flag.
        .allow_negative_numbers(true)
        .global(true);
    let arg = if setting.is(Mark::Common) { arg } else { arg.help_heading(table.title[0]) };
    Some(match shape.alone {
        Some(value) => arg.num_args(0..=1).default_missing_value(value),
        None => arg,
    })
}

/// What `--help` says at its end.
fn notes(tables: &[&'static Table]) -> String {
    let secrets = tables.iter().flat_map(|table| table.settings).filter(|setting| setting.is(Mark::Secret));
    let secrets: Vec<&str> = secrets.map(|setting| setting.name).collect();
    format!(
        "Without a flag, since flags stand in the process list: {}. Set them in the file or in the environment, and there \
         also a database_url with a password in it.",
        secrets.join(", ")
    )
}
