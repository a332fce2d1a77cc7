//! The command line of `huzheng`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use huzheng::accounts::{AccountSettings, NamedHolder};
use huzheng::config::Config;
use huzheng::db::{self, Origin};
use huzheng::error::counted;
use huzheng::node::Node;
use huzheng::people::{IdNumber, Identifier, Name};
use huzheng::secrets::keys;
use huzheng::settings::{self, Sources};
use huzheng::{auth, calendar, contract, domains, office_days, start};

/// Open API of a household registration office (戶政事務所).
///
/// Without a command it serves. Settings come from `huzheng.toml` (or --config FILE), then from the
/// environment (HUZHENG_LISTEN, HUZHENG_DATABASE_URL …), then from the flags below; -h lists the
/// most used ones, --help all of them.
#[derive(Parser)]
#[command(version, about, long_about)]
struct Cli {
    /// File of settings in TOML.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serves the API (the default).
    Serve,
    /// Brings the database's tables up to date and stops.
    Migrate,
    /// Writes the OpenAPI contract to standard output.
    Openapi,
    /// Checks settings, keys and database, and changes none of them.
    Check,
    /// Makes a consistent copy of the embedded database, also while it is in use.
    ///
    /// The copy is opened with the same master key, which is not in it: keep that key elsewhere.
    Backup {
        /// File to write; it must not exist.
        file: PathBuf,
    },
    /// Adds invented cases to a demo store, for trying out large lists.
    Demo {
        /// How many; spread over the years before now.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
        cases: u64,
    },
    /// Manages accounts.
    User {
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Manages the office's days.
    Calendar {
        #[command(subcommand)]
        command: CalendarCommand,
    },
    /// Manages the keys that sign tokens.
    Key {
        #[command(subcommand)]
        command: KeyCommand,
    },
}

#[derive(Subcommand)]
enum UserCommand {
    /// Creates an account; the password is read from standard input and must be changed at the first log-in.
    Create {
        username: String,
        /// Name as shown to colleagues.
        #[arg(long)]
        name: String,
        /// Role codes, such as ADM or DIR.
        #[arg(long, required = true, value_delimiter = ',', value_parser = account_role)]
        roles: Vec<auth::Role>,
    },
    /// Sets a new password, read from standard input, and ends the account's log-ins.
    Password { username: String },
    /// Names who works with an account; the national id is read from standard input.
    ///
    /// Nothing that an account asks for is approved, and it approves nothing, before that is known. Later it is done by two
    /// people, by PATCH /v1/users/{id}.
    Holder {
        username: String,
        /// Full name as in the household register.
        #[arg(long)]
        name: Name,
    },
}

#[derive(Subcommand)]
enum CalendarCommand {
    /// Loads the government's calendar of whole years: a CSV file of `date,is_workday,description`, a line a day.
    Load { file: PathBuf },
}

#[derive(Subcommand)]
enum KeyCommand {
    /// Makes a new signing key; the one before it still verifies for an hour.
    Rotate,
}

fn account_role(text: &str) -> Result<auth::Role, String> {
    match text.parse()? {
        auth::Role::BookingHolder => Err(format!("{text} is no account's role")),
        role => Ok(role),
    }
}

fn main() -> ExitCode {
    let tables = domains::ALL.settings();
    let matches = settings::flags(Cli::command(), &tables).get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let sources = Sources::of_process(cli.config, settings::given(&matches, &tables));
    match run(cli.command.unwrap_or(Command::Serve), &sources) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("huzheng: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command, sources: &Sources) -> Result<(), Box<dyn std::error::Error>> {
    if matches!(command, Command::Openapi) {
        print!("{}", contract::text(&contract::published(domains::ALL, &contract::of(domains::ALL), None)));
        return Ok(());
    }
    let config = Config::load(sources, &domains::ALL.settings())?;
    look(&command, &config)?;
    match command {
        Command::Serve => serve(config),
        Command::Migrate => {
            for version in db::migrate(&mut db::connect(&config.store())?)? {
                println!("applied {version}");
            }
            Ok(())
        }
        Command::Check => {
            for warning in config.warnings() {
                eprintln!("huzheng: {warning}");
            }
            for line in config.changed() {
                println!("{line}");
            }
            let checked = start::check(&config)?;
            if let Some(unused) = checked.unused {
                eprintln!("huzheng: {unused}");
            }
            println!("{}", checked.told);
            Ok(())
        }
        Command::Backup { file } => {
            db::backup(&config.store(), &file)?;
            println!("wrote {}; keep the master key elsewhere", file.display());
            Ok(())
        }
        Command::Demo { cases } => demo(config, cases),
        Command::User { command } => user(&config, command),
        Command::Calendar { command: CalendarCommand::Load { file } } => load_calendar(config, &file),
        Command::Key { command: KeyCommand::Rotate } => rotate(&config),
        Command::Openapi => Ok(()),
    }
}

/// Looks before anything is written: a store of a newer version is for none of the commands, and some begin none.
fn look(command: &Command, config: &Config) -> Result<(), Box<dyn std::error::Error>> {
    let begins = match command {
        // These look for themselves.
        Command::Check | Command::Openapi | Command::Serve | Command::Demo { .. } => return Ok(()),
        Command::Migrate => true,
        Command::User { command } => matches!(command, UserCommand::Create { .. }),
        Command::Backup { .. } | Command::Calendar { .. } | Command::Key { .. } => false,
    };
    if begins {
        db::tables_of(&config.store())?;
        start::data_folder(&config.data_dir)?;
    } else {
        db::refuse_nothing(&config.store())?;
    }
    Ok(())
}

/// What the log tells. What callers get wrong on their connections is no error of the office's, although the framework
/// calls it one: it is told to whoever asks for the framework's own lines.
fn log_filter(log: &str) -> String {
    if log.contains("actix_http") { log.to_owned() } else { format!("{log},actix_http::h1::dispatcher=off") }
}

fn serve(config: Config) -> Result<(), Box<dyn std::error::Error>> {
    // A log that cannot be written costs its line and nothing else.
    let log = tracing_subscriber::fmt().json().log_internal_errors(false).with_env_filter(log_filter(&config.log));
    log.with_writer(std::io::stderr).init();
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a handler panicked");
    }));
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    actix_web::rt::System::new().block_on(start::serve(config))?;
    Ok(())
}

/// A node; what a first start tells is told once, whichever command that is.
fn node(config: Config) -> Result<Node, Box<dyn std::error::Error>> {
    let (node, welcome) = start::node(config)?;
    if let Some(welcome) = welcome {
        let _ = writeln!(std::io::stdout(), "{welcome}");
    }
    Ok(node)
}

fn demo(config: Config, cases: u64) -> Result<(), Box<dyn std::error::Error>> {
    let settings = config.store();
    let state = node(config)?;
    let mut conn = db::connect(&settings)?;
    huzheng::demo::cases::add(&mut conn, &state, cases)?;
    println!("added {}", counted(cases, "case"));
    Ok(())
}

fn user(config: &Config, command: UserCommand) -> Result<(), Box<dyn std::error::Error>> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    let line = line.trim_end_matches(['\r', '\n']);
    start::found(config)?;
    let vault = start::vault(config)?;
    let mut conn = db::connect(&config.store())?;
    db::migrate(&mut conn)?;
    let now = start::sure_clock(config, &mut conn)?.now();
    let until = config.of::<AccountSettings>().temporary_until(now);
    match command {
        UserCommand::Create { username, name, roles } => {
            let account = huzheng::accounts::NewAccount::by_command(&username, &name, &roles, line, until)?;
            db::at_once(&mut conn, &vault, &Origin::system("user create", now), |tx| {
                huzheng::accounts::create(tx, &account, now)
            })?;
            println!("created {username}; the password is good until {until} and must be changed at the first log-in");
        }
        UserCommand::Password { username } => {
            require_account(&mut conn, &username)?;
            let hash = huzheng::accounts::hash_password(&huzheng::accounts::Owner::new(&username, ""), line)?;
            db::at_once(&mut conn, &vault, &Origin::system("user password", now), |tx| {
                huzheng::accounts::replace_password(tx, &username, &hash, until, now)
            })?;
            println!("changed the password of {username}, until {until}; all its log-ins are ended");
        }
        UserCommand::Holder { username, name } => {
            require_account(&mut conn, &username)?;
            let number: IdNumber = line.trim().parse().map_err(
                |_| "the line on standard input is no national id or residence number: 10 characters, the last one a check digit",
            )?;
            let named = NamedHolder { name, national_id: Identifier::from(number) };
            let passes_on = db::at_once(&mut conn, &vault, &Origin::system("user holder", now), |tx| {
                huzheng::accounts::name_holder(tx, &vault, &username, &named, now)
            })?;
            println!("named who works with {username}");
            if passes_on {
                println!("another did before: its password is no longer good; give one by `huzheng user password {username}`");
            }
        }
    }
    Ok(())
}

/// Refuses a user name of which there is no account.
fn require_account(conn: &mut db::Conn, username: &str) -> Result<(), Box<dyn std::error::Error>> {
    match huzheng::accounts::id_of(conn, username)? {
        Some(_) => Ok(()),
        None => Err(format!("there is no account of the user name {username}").into()),
    }
}

fn rotate(config: &Config) -> Result<(), Box<dyn std::error::Error>> {
    start::found(config)?;
    let vault = start::vault(config)?;
    let mut conn = db::connect(&config.store())?;
    let now = start::sure_clock(config, &mut conn)?.now();
    let kid = db::at_once(&mut conn, &vault, &Origin::system("key rotate", now), |tx| keys::rotate(tx, &vault, now))?;
    println!("new signing key {kid}; the one before it still verifies for an hour");
    Ok(())
}

fn load_calendar(config: Config, file: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let text = std::fs::read_to_string(file)?;
    let days = calendar::parse_government_days(&text)
        .map_err(|line| format!("line {line}: expected date,is_workday,description for every day of whole years"))?;
    let settings = config.store();
    let state = node(config)?;
    let now = state.clock.now();
    let load = |tx: &mut db::Tx| office_days::load_calendar(tx, &state, &days, now);
    let hit = db::at_once(&mut db::connect(&settings)?, &*state.vault, &Origin::system("calendar load", now), load)?;
    println!("loaded {}; conflicts with bookings that lost their slot: {hit}", counted(days.len(), "day"));
    Ok(())
}
