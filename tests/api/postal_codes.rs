//! Tables of postal codes: loaded by the program itself, looked up as a search does.

use std::{
    path::Path,
    process::{Command, Output, Stdio},
};

use tailor::{
    postal_codes::{
        model::{Position, Resolved},
        store as tables,
    },
    store::Store,
};

use crate::support::database::Database;

fn databases() -> impl Iterator<Item = Database> {
    [Some(Database::sqlite()), Database::postgres()].into_iter().flatten()
}

fn line(country: &str, code: &str, latitude: f64, longitude: f64) -> String {
    format!("{country}\t{code}\tPlace\tState\tST\t\t\t\t\t{latitude}\t{longitude}\t4\n")
}

/// Runs `tailor postal-codes` on a file with this text.
fn load(database: &Database, text: &str, args: &[&str]) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("codes.txt"), text).expect("written");
    run(database, folder.path(), &[&["codes.txt"], args].concat())
}

fn run(database: &Database, folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tailor"))
        .current_dir(folder)
        .arg("postal-codes")
        .args(args)
        .args(["--database-url", &database.url])
        .stdin(Stdio::null())
        .output()
        .expect("the program runs")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

fn resolve(store: &Store, country: &str, code: &str) -> Resolved {
    store.read(|conn| tables::resolve(conn, country, code)).expect("looked up")
}

fn found(latitude: f64, longitude: f64) -> Resolved {
    Resolved::Found(Position { latitude, longitude })
}

#[test]
fn a_postal_code_is_found_however_it_is_written() {
    for database in databases() {
        let file = [
            line("GB", "SW1A", 51.5, -0.125),
            line("GB", "M1 1AE", 53.5, -2.25),
            line("CA", "K1A", 45.5, -75.75),
            line("PL", "00-950", 52.25, 21.0),
        ]
        .concat();
        let output = load(&database, &file, &[]);
        assert_eq!((text(&output.stderr), output.status.code()), ("", Some(0)));
        assert_eq!(
            text(&output.stdout),
            "CA: 1 postal codes (GeoNames)\nGB: 2 postal codes (GeoNames)\nPL: 1 postal codes (GeoNames)\n"
        );
        let store = Store::open(&database.url).expect("the store opens");
        let resolve = |country: &str, code: &str| resolve(&store, country, code);
        for code in ["SW1A", "sw1a 1aa", "SW1A-1AA"] {
            assert_eq!(resolve("GB", code), found(51.5, -0.125), "{code}");
        }
        assert_eq!(resolve("GB", "m11ae"), found(53.5, -2.25));
        assert_eq!(resolve("GB", "M1 1AF"), Resolved::UnknownCode);
        assert_eq!(resolve("CA", "k1a 0b1"), found(45.5, -75.75));
        assert_eq!(resolve("PL", " 00950 "), found(52.25, 21.0));
        let long = "1".repeat(5000);
        for wrong in ["", "00951", "00-950\0", "'; --", &long] {
            assert_eq!(resolve("PL", wrong), Resolved::UnknownCode);
        }
        for country in ["DE", "pl", "XX", "", "P\0"] {
            assert_eq!(resolve(country, "00950"), Resolved::NoTable);
        }
        let loaded = store.read(tables::loaded).expect("read");
        let loaded: Vec<_> =
            loaded.iter().map(|table| (&*table.country, &*table.source, table.codes)).collect();
        let check = Command::new(env!("CARGO_BIN_EXE_tailor"))
            .args(["check", "--database-url", &database.url])
            .output()
            .expect("the program runs");
        assert!(text(&check.stdout).contains("\n2 postal codes of GB, from geonames, loaded on 20"));
        assert_eq!(loaded, [("CA", "geonames", 1), ("GB", "geonames", 2), ("PL", "geonames", 1)]);
    }
}

#[test]
fn the_embedded_table_answers_until_another_is_loaded() {
    for database in databases() {
        let store = Store::open(&database.url).expect("the store opens");
        let area = resolve(&store, "US", "94105");
        assert!(matches!(area, Resolved::Found(_)));
        assert_eq!(resolve(&store, "US", "94105-1234"), area);
        assert!(matches!(resolve(&store, "PR", "00901"), Resolved::Found(_)));
        assert_eq!(resolve(&store, "US", "00000"), Resolved::UnknownCode);
        let gazetteer = "GEOID|GEOIDFQ|INTPTLAT|INTPTLONG\n94105|860Z200US94105|37.5|-122.5\n";
        let output = load(&database, gazetteer, &[]);
        assert_eq!(text(&output.stdout), "US: 1 postal codes (US Census gazetteer)\n");
        assert_eq!(resolve(&store, "US", "94105-1234"), found(37.5, -122.5));
        assert_eq!(resolve(&store, "US", "10001"), Resolved::UnknownCode);
    }
}

#[test]
fn a_file_replaces_the_tables_of_its_countries_alone() {
    for database in databases() {
        let many: String = (0..9000).map(|code| line("DE", &format!("{code:05}"), 50.0, 10.0)).collect();
        let output = load(&database, &(many + &line("FR", "75001", 48.75, 2.25)), &[]);
        assert_eq!(text(&output.stdout), "DE: 9000 postal codes (GeoNames)\nFR: 1 postal codes (GeoNames)\n");
        let next = line("FR", "75002", 48.5, 2.5) + &line("DE", "08999", 51.0, 11.0);
        let output = load(&database, &next, &["--country", "DE"]);
        assert_eq!(text(&output.stdout), "DE: 1 postal codes (GeoNames)\n");
        let store = Store::open(&database.url).expect("the store opens");
        assert_eq!(resolve(&store, "DE", "08999"), found(51.0, 11.0));
        assert_eq!(resolve(&store, "DE", "00001"), Resolved::UnknownCode);
        assert_eq!(resolve(&store, "FR", "75001"), found(48.75, 2.25));
        assert_eq!(resolve(&store, "FR", "75002"), Resolved::UnknownCode);
    }
}

#[test]
fn faulty_lines_are_told_and_left_out_or_stop_all() {
    for database in databases() {
        assert_eq!(load(&database, &line("DE", "10115", 52.5, 13.5), &[]).status.code(), Some(0));
        let faulty = line("DE", "10117", 52.0, 13.0) + &"DE\t\n".repeat(25);
        let store = Store::open(&database.url).expect("the store opens");

        let output = load(&database, &faulty, &["--on-error", "abort"]);
        assert_eq!((text(&output.stdout), output.status.code()), ("", Some(1)));
        let told: Vec<_> = text(&output.stderr).lines().collect();
        assert_eq!(told.len(), 22, "{told:?}");
        assert_eq!(told[0], "line 2: not twelve columns between tabs");
        assert_eq!(told[20..], ["… and 5 more faulty lines", "tailor: 25 faulty lines: nothing was loaded"]);
        assert_eq!(resolve(&store, "DE", "10115"), found(52.5, 13.5));
        assert_eq!(resolve(&store, "DE", "10117"), Resolved::UnknownCode);

        let output = load(&database, &faulty, &[]);
        assert_eq!(
            (text(&output.stdout), output.status.code()),
            ("DE: 1 postal codes (GeoNames)\n", Some(2))
        );
        assert_eq!(resolve(&store, "DE", "10115"), Resolved::UnknownCode);
        assert_eq!(resolve(&store, "DE", "10117"), found(52.0, 13.0));
    }
}

#[test]
fn what_cannot_be_loaded_is_said() {
    let database = Database::sqlite();
    for (file, args, told) in [
        ("a,b\n", &[][..], "codes.txt: neither the postal codes of GeoNames nor"),
        ("PK\u{3}\u{4}", &[], "codes.txt: a ZIP archive: unzip it first"),
        ("GEOID\tINTPTLAT\tINTPTLONG\n", &[], "codes.txt has no postal code: nothing was loaded"),
        (&line("DE", "1", 1.0, 1.0), &["--country", "FR"], "codes.txt has no postal code of FR: nothing"),
        (&line("DE", "1", 1.0, 1.0), &["--country", "xx"], "--country: This is not an ISO 3166-1"),
    ] {
        let output = load(&database, file, args);
        assert_eq!(output.status.code(), Some(1), "{told}");
        let begins = format!("tailor: {told}");
        assert!(text(&output.stderr).starts_with(&begins), "{}", text(&output.stderr));
    }
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(run(&database, folder.path(), &["missing.txt"]).status.code(), Some(1));
}
