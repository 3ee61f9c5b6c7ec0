use super::*;

#[test]
fn the_header_is_read_by_name() {
    // Older files have another name for a column, and no certification date; a cut one has other columns and order.
    let older: Cells = header()
        .iter()
        .filter(|name| *name != "Certification Date")
        .map(|name| if name == "Provider Sex Code" { "Provider Gender Code" } else { name })
        .collect();
    assert_eq!(Registry::of_header(&older).unwrap().column_of("/gender"), Some("Provider Gender Code"));
    let needed = ["Code_", "Number", "Provider", "NPI", "Entity", "Switch"];
    let cut: Vec<String> = header()
        .iter()
        .filter(|name| needed.iter().any(|part| name.contains(part)) && !name.starts_with("Other"))
        .map(|name| format!(" {name}"))
        .collect();
    let cut: Cells = cut.iter().rev().map(String::as_str).collect();
    assert!(cut.len() < 140);
    let registry = Registry::of_header(&cut).unwrap();
    let whole = cells(FIXTURE.lines().nth(1).unwrap());
    let value = |name: &str| {
        whole.get(header().iter().position(|other| other == name.trim()).unwrap()).unwrap().to_owned()
    };
    let values: Vec<String> = cut.iter().map(value).collect();
    let same: Cells = values.iter().map(String::as_str).collect();
    assert_eq!(row(registry.read(&same)).0, sound(2).0);
}

#[test]
fn a_header_of_another_file_names_all_that_is_missing() {
    let detail = |header: &Cells| Registry::of_header(header).unwrap_err().detail;
    let other: Cells = ["external_id", "name"].into_iter().collect();
    let missing = detail(&other);
    for name in [
        "NPI, Entity Type Code, ",
        "Provider Sex Code or Provider Gender Code",
        "Healthcare Provider Taxonomy Code_1 to Healthcare Provider Taxonomy Code_15",
    ] {
        assert!(missing.contains(name), "{missing}");
    }
    assert!(!missing.contains("external_id"), "nothing of the file stands there");
    let without: Cells = header()
        .iter()
        .filter(|name| !["Provider First Name", "Provider License Number_7"].contains(name))
        .collect();
    assert_eq!(
        detail(&without),
        "The header lacks columns of the registry's file: Provider First Name, Provider License Number_7."
    );
    let names = header();
    let unread = ["Certification Date", "Provider License Number_\0", "Provider License Number_\0"];
    let twice: Cells = names.iter().chain(["NPI"]).chain(unread).collect();
    assert_eq!(detail(&twice), "The header names columns twice: NPI.");
}
