"""The mail network: takes mail by SMTP, shows it over HTTP, delivers nothing."""
