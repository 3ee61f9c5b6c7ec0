use proptest::{collection::vec, prelude::*, sample::select};

use super::*;

/// Any text, and often one that means something.
fn text() -> impl Strategy<Value = String> {
    const KNOWN: &[&str] = &[
        "",
        "",
        "1",
        "2",
        "Y",
        "F",
        "103T00000X",
        "101YM0800X",
        "101Z",
        "CA",
        "ZZ",
        "PR",
        "MH",
        "US",
        "DE",
        "1234567893",
        "01/05/2020",
        "LCSW, PhD",
        "MC'",
        "O'",
        "4155550123",
        "941051234",
        "\u{130}",
        "\0",
        " ",
    ];
    prop_oneof![4 => select(KNOWN).prop_map(str::to_owned), 1 => any::<String>(), 1 => "[A-Z0-9,;'. -]{0,60}"]
}

proptest! {
    /// What a cell can make wrong is the number, a text that is missing, too long or has control characters, and a country.
    #[test]
    fn whatever_the_cells_say_a_row_has_only_the_faults_of_its_values(
        texts in vec(text(), 107),
        entity in select(&["1", "1", "1", ""][..]),
        code in select(&["103T00000X", "2084P0800X", "101YZ9999X", ""][..]),
    ) {
        let mut texts = texts;
        texts[1] = entity.to_owned();
        texts[47] = code.to_owned();
        // No column behind the last licence is read.
        let cells: Cells = texts.iter().map(String::as_str).chain([""; 330 - 107]).collect();
        let registry = registry();
        if let Said::Row { row, terms, .. } = registry.read(&cells) {
            prop_assert!(terms.iter().all(|term| term.count == 1 && !term.term.is_empty() && term.term.chars().count() <= 200));
            for (pointer, code) in decoder_faults(row) {
                let of_its_value = match code {
                    "invalid_npi" => pointer == "/npi",
                    "invalid_country" => pointer == "/locations/0/country",
                    "too_short" | "invalid_format" => ["/npi", "/locations/0/country"].contains(&pointer.as_str()),
                    "required" => ["/name/given", "/name/family"].contains(&pointer.as_str()),
                    "too_long" | "control_character" => true,
                    _ => false,
                };
                prop_assert!(of_its_value, "{pointer} {code}");
            }
        }
    }

    #[test]
    fn any_header_is_refused_or_read(names in vec("[A-Za-z_ ]{0,20}", 0..40), texts in vec(any::<String>(), 0..40)) {
        let header: Cells = names.iter().map(String::as_str).collect();
        prop_assert!(Registry::of_header(&header).is_err());
        let cells: Cells = texts.iter().map(String::as_str).collect();
        prop_assert!(texts.len() == 330 || matches!(registry().read(&cells), Said::Nothing(_)));
    }
}
