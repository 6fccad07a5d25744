use crate::media::{InterfaceArgument, ListenArgument, PortsArgument};
use clap::{Args, Parser, Subcommand};
use engine_ng::Peers;
use std::net::Ipv4Addr;
use std::path::PathBuf;

const EXIT_CODES: &str = "\
Exit codes:
  0    all was well; a signal ended it and every call was ended on both sides
  1    the configuration is wrong; standard error says where and what to do
  2    the command line is wrong
  3    a port, a certificate or a thread could not be had
  4    a signal ended it, but some call could not be ended on both sides in time
  5    the service broke while it ran
  6    explain: the call would be refused
  130  a second signal ended it at once

Signals: SIGINT and SIGTERM end every call on both sides (BYE), free the ports and exit; a second one exits at once.";

/// A session border controller between web browsers and the telephone network.
///
/// Browsers speak SIP over WebSocket and WebRTC; your SIP server and its telephones speak SIP over UDP or TCP and plain RTP.
/// Margrave stands between them, on one TCP port and one UDP port towards the Internet.
#[derive(Debug, Parser)]
#[command(name = "margrave", version, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the border that a configuration file describes
    Run {
        /// The configuration file (TOML); every key is explained in docs/configuration.md
        #[arg(short, long, value_name = "FILE", default_value = "margrave.toml")]
        config: PathBuf,
    },
    /// Say what a configuration file means, or what is wrong with it
    ///
    /// Prints the networks, what browsers are told, and what the router has to forward. Starts nothing.
    /// Exit code 0: Margrave would take it. 1: it is wrong.
    Check {
        /// The configuration file (TOML)
        #[arg(short, long, value_name = "FILE", default_value = "margrave.toml")]
        config: PathBuf,
        /// Also try whether the ports can be had on this machine now
        #[arg(long)]
        bind: bool,
    },
    /// Say which way a call would take, and why
    ///
    /// Prints each route that is looked at, what becomes of the numbers, and the destinations in order with what they are told. Calls nobody.
    /// Exit code 0: it would go somewhere. 6: it would be refused.
    Explain {
        /// Who calls: a browser's user (alice@example.com); with --peer a number or an address
        #[arg(long, value_name = "USER")]
        from: String,
        /// Who is called: a number, a user, or a whole URI
        #[arg(long, value_name = "NUMBER")]
        to: String,
        /// The call comes from this server or trunk ("server" is that of [server]), not from a browser
        #[arg(long, value_name = "NAME")]
        peer: Option<String>,
        /// The configuration file (TOML)
        #[arg(short, long, value_name = "FILE", default_value = "margrave.toml")]
        config: PathBuf,
        /// For machines
        #[arg(long)]
        json: bool,
    },
    /// The media engine alone, steered by Kamailio or OpenSIPS through their rtpengine modules
    ///
    /// Speaks the ng protocol over UDP, in bencode and JSON. No configuration file: everything is on the command line.
    Media(MediaArguments),
    /// Try it: a web phone, a small telephone exchange, an echo and a tone to call. Nothing to edit
    Demo {
        /// TCP port of the web phone [default: 8080, or the next free one]
        #[arg(short, long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
        port: Option<u16>,
        /// This machine's address in your LAN, so that other machines may open the page too. (Over plain http browsers
        /// give a microphone only to localhost; from elsewhere the page sends a tone.)
        #[arg(short, long, value_name = "ADDRESS")]
        address: Option<Ipv4Addr>,
    },
}

/// What `margrave media` is told.
#[derive(Args, Debug)]
pub(crate) struct MediaArguments {
    /// Where the SIP proxy sends its requests; may be given several times
    #[arg(long, value_name = "udp:ADDRESS:PORT", required = true)]
    pub(crate) ng: Vec<ListenArgument>,
    /// Where media lives: an address of this machine, with a name for the proxy's `direction=` before it and the address that a
    /// router shows instead of it behind it. May be given several times; the first serves whoever names none
    #[arg(
        long = "interface",
        value_name = "[NAME/]ADDRESS[!ADVERTISED]",
        required = true
    )]
    pub(crate) interfaces: Vec<InterfaceArgument>,
    /// UDP ports for media on each interface: the first serves all browsers, each telephone has two of the others
    #[arg(long, value_name = "FIRST-LAST", default_value = "30000-40000")]
    pub(crate) ports: PortsArgument,
    /// From where requests are taken: an address or a block (192.0.2.0/28). The protocol has no passwords. Needed unless all --ng
    /// are on loopback
    #[arg(long = "peer", value_name = "ADDRESS")]
    pub(crate) peers: Vec<Peers>,
    /// What is logged: error, warn, info, debug, trace
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    pub(crate) log_level: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
