//! Reading the command line: options before and after the command alike, help and version printed, what is wrong said.

use super::{Cli, say, status};
use crate::i18n::{Lang, between, tr};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser};
use std::ffi::{OsStr, OsString};
use std::process::ExitCode;

pub(super) fn read(arguments: Vec<OsString>) -> Result<Cli, ExitCode> {
    let arguments = with_help_last(arguments);
    let wrong = |text: &str| {
        say::error_lines(text);
        ExitCode::from(status::USAGE)
    };
    match Cli::try_parse_from(&arguments) {
        Ok(cli) => match command_behind_files(&cli) {
            None => Ok(cli),
            Some((file, command)) => {
                say::fail(tr!(lang_of(&arguments), "cli.file_before_command", file = file, command = command));
                Err(ExitCode::from(status::USAGE))
            }
        },
        Err(e) => match e.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                Err(super::printed(say::print_lines(&e.render().to_string()), Some(lang_of(&arguments))))
            }
            ErrorKind::DisplayVersion => {
                let text = concat!("shanshui ", env!("CARGO_PKG_VERSION"), "\n");
                Err(super::printed(say::print_lines(text), Some(lang_of(&arguments))))
            }
            _ => {
                let hint = order(&e, lang_of(&arguments)).map(|hint| hint + "\n").unwrap_or_default();
                Err(wrong(&(told(e, &arguments) + &hint)))
            }
        },
    }
}

/// What clap says, with the arguments as they can be shown: a line feed in one of them begins no line of ours.
fn told(e: clap::Error, arguments: &[OsString]) -> String {
    let shown: Vec<String> = arguments.iter().map(|a| say::shown(&a.to_string_lossy()).into_owned()).collect();
    let is_plain = shown.iter().zip(arguments).all(|(shown, a)| OsStr::new(shown) == a);
    let e = if is_plain { e } else { Cli::try_parse_from(shown).err().unwrap_or(e) };
    e.render().to_string()
}

/// Help asked for before a command is help about that command.
fn with_help_last(arguments: Vec<OsString>) -> Vec<OsString> {
    let is_help = |a: &OsString| a == "--help" || a == "-h";
    let end = arguments.iter().position(|a| a == "--").unwrap_or(arguments.len());
    let Some(help) = arguments[..end].iter().find(|a| is_help(a)).cloned() else { return arguments };
    let mut ordered: Vec<OsString> =
        arguments.iter().enumerate().filter(|(at, a)| *at >= end || !is_help(a)).map(|(_, a)| a.clone()).collect();
    let behind = ordered.iter().position(|a| a == "--").unwrap_or(ordered.len());
    ordered.insert(behind, help);
    ordered
}

/// Where an option that was not expected belongs: it is one of some commands, and stands behind their name.
fn order(e: &clap::Error, lang: Lang) -> Option<String> {
    if e.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let Some(ContextValue::String(option)) = e.get(ContextKind::InvalidArg) else { return None };
    let cli = Cli::command();
    let takes = |command: &clap::Command| {
        command.get_arguments().any(|a| {
            a.get_long().is_some_and(|long| option.strip_prefix("--") == Some(long))
                || a.get_short().is_some_and(|short| option.strip_prefix('-') == Some(short.to_string().as_str()))
        })
    };
    let commands: Vec<&str> = cli.get_subcommands().filter(|c| takes(c)).map(|c| c.get_name()).collect();
    let first = *commands.first()?;
    let all = commands.join(between(lang));
    Some(tr!(lang, "cli.option_of_command", option = option, commands = all, command = first).into_owned())
}

/// The language asked for, where the command line could not be read.
fn lang_of(arguments: &[OsString]) -> Lang {
    let texts: Vec<_> = arguments.iter().filter_map(|a| a.to_str()).collect();
    let behind = texts.iter().position(|a| *a == "--lang").and_then(|at| texts.get(at + 1).copied());
    match behind.or_else(|| texts.iter().find_map(|a| a.strip_prefix("--lang="))) {
        Some("zh") => Lang::Zh,
        Some("en") => Lang::En,
        _ => Lang::of_system(),
    }
}

/// A file, and the command behind it: what begins with a file is a list of files. Something that is there is a file.
fn command_behind_files(cli: &Cli) -> Option<(String, String)> {
    let file = cli.layers.first()?.display().to_string();
    let all = Cli::command();
    let is_command = |path: &&std::path::PathBuf| {
        path.to_str().is_some_and(|name| all.find_subcommand(name).is_some()) && !path.exists()
    };
    let command = cli.layers.iter().skip(1).find(is_command)?;
    Some((file, command.display().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Cli, ExitCode> {
        read(line.split(' ').map(OsString::from).collect())
    }

    #[test]
    fn options_of_every_command_stand_before_it_and_behind_it() {
        for (line, command) in [
            ("shanshui --lang en info README", "info"),
            ("shanshui info README --lang en", "info"),
            ("shanshui --json --crs EPSG:4490 info a b", "info"),
            ("shanshui --plan BS --lang zh run p -o out", "run"),
            ("shanshui --encoding=GBK --where n=1 convert a b", "convert"),
            ("shanshui --lang en --json rules", "rules"),
            ("shanshui --lang en demo", "demo"),
        ] {
            let cli = parsed(line).unwrap_or_else(|_| panic!("{line}"));
            let found = Cli::command().try_get_matches_from(line.split(' ')).expect("parsed");
            assert_eq!(found.subcommand_name(), Some(command), "{line}");
            assert!(cli.layers.is_empty() && cli.command.is_some(), "{line}");
        }
        let cli = parsed("shanshui --lang en -- info").unwrap_or_else(|_| panic!("a file called info"));
        assert_eq!((cli.command.is_none(), cli.layers.len()), (true, 1));
        let cli = parsed("shanshui --lang zh a.geojson b.geojson").unwrap_or_else(|_| panic!("layers"));
        assert_eq!((cli.lang(), cli.layers.len()), (Some(Lang::Zh), 2));
        for line in ["shanshui a.geojson info b.geojson", "shanshui --distance 5 within a", "shanshui info a --beyond"]
        {
            assert!(parsed(line).is_err(), "{line}");
        }
    }

    #[test]
    fn help_is_asked_for_anywhere() {
        let ordered = |line: &str| {
            let all = with_help_last(line.split(' ').map(OsString::from).collect());
            all.iter().map(|a| a.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(ordered("shanshui --help info --json"), "shanshui info --json --help");
        assert_eq!(ordered("shanshui info -h"), "shanshui info -h");
        assert_eq!(ordered("shanshui -h info -- -h"), "shanshui info -h -- -h");
        assert_eq!(ordered("shanshui info -- --help"), "shanshui info -- --help");
    }
}
