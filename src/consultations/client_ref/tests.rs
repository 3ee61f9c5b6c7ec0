use proptest::prelude::*;

use super::*;

fn code(reference: &str) -> String {
    check(reference).err().map(|error| error.code.into_owned()).unwrap_or_default()
}

#[test]
fn opaque_references_are_taken() {
    for reference in [
        "c_9f3a",
        "client-000123",
        "client-0001234567",
        "01936f5e-8a00-7000-8000-000000000001",
        "00000000-0000-0000-0000-000000000000",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "d41d8cd98f00b204e9800998ecf8427e",
        "da39a3ee",
        "a",
        "7",
        "123456",
        "1541815603606036480",
        "urn:clinic:7~b.2",
        "north.patient.77",
        "intake-2026-11-22-0001-b",
        "V1StGXR8_Z5jdHi6B-myT",
        "12345678A",
        "station-7",
        "hotel.at.7",
        "cf",
        "tel",
        "telemetry-12",
        "mobile-app",
        "x".repeat(128).as_str(),
    ] {
        assert_eq!(code(reference), "", "{reference}");
    }
}

#[test]
fn other_signs_are_refused() {
    for reference in ["a b", "a/b", "ä", "a#1", "a\u{0}", "{}", "a,b", "client 12"] {
        assert_eq!(code(reference), "invalid_format", "{reference}");
    }
    // Too long: a fault of its own.
    assert_eq!(code(&"1".repeat(129)), "");
}

#[test]
fn addresses_and_numbers_of_persons_are_refused() {
    for reference in [
        // E-mail addresses.
        "maya@example.org",
        "mailto:maya@example.org",
        "maya.okafor-at-example.org",
        "Maya~AT~mail.example.co.uk",
        "@maya",
        // Phone numbers.
        "+14155550123",
        "4155550123",
        "415-555-0123",
        "(415) 555-0123",
        "415.555.0123",
        "0044~20~7946~0958",
        "tel:4155550123",
        "TEL4155550123",
        "phone_415_555_0123",
        "whatsapp:+49 30 901820",
        "tel:us-415-555-0123",
        "sms:tel:5550123",
        "555-0123",
        // United States, Canada, Australia.
        "123-45-6789",
        "ssn-123456789",
        "ssn:us:123-45-6789",
        "sin.046-454-286",
        "tfn:123456782",
        // United Kingdom.
        "QQ123456C",
        "ab-12-34-56-d",
        "nino:AB123456C",
        "943 476 5919",
        "nhs-943-476-5919",
        // Spain.
        "12345678Z",
        "12345678-z",
        "dni:12345678Z",
        "X1234567L",
        "nie-Z1234567R",
        // Italy.
        "RSSMRA85T10A562S",
        "cf:rssmra85t10a562s",
        "RSSMRA85T1LA562S",
        // France.
        "1 85 05 78 006 084 91",
        "185057800608491",
        "nir:1-85-05-2A-006-084",
        // Germany.
        "86095742719",
        "steuerid:86 095 742 719",
        "12150378A123",
        // Nordic countries.
        "811218-9876",
        "19811218-9876",
        "131052-308T",
        "131052A308T",
        "hetu:131052-308T",
        "010190-1234",
        // Netherlands, Poland, Ireland, Switzerland.
        "111222333",
        "bsn_111222333",
        "44051401359",
        "1234567T",
        "1234567FA",
        "756.1234.5678.97",
        // India, Brazil, Mexico, China, Korea.
        "2345 6789 0123",
        "aadhaar:234567890123",
        "ABCPE1234F",
        "529.982.247-25",
        "cpf-52998224725",
        "HEGG560427MVZRRL04",
        "11010519491231002X",
        "900101-1234567",
    ] {
        assert_eq!(code(reference), "personal_reference", "{reference}");
    }
}

/// The same number, written as people write numbers.
fn written(digits: &str, separators: &[char]) -> String {
    let pairs = digits.chars().enumerate().map(|(at, digit)| match separators.get(at) {
        Some(' ') | None => digit.to_string(),
        Some(separator) => format!("{separator}{digit}"),
    });
    pairs.collect()
}

proptest! {
    #[test]
    fn a_number_is_found_however_it_is_written(
        digits in "[0-9]{7,15}",
        separators in proptest::collection::vec(proptest::sample::select(vec![' ', '-', '.', '_', ':', '~']), 15),
        label in proptest::option::of(proptest::sample::select(LABELS)),
        upper in any::<bool>(),
        between in proptest::sample::select(vec!["", ":", "-", "."]),
    ) {
        let number = written(&digits, &separators);
        let label = label.unwrap_or_default();
        let label = if upper { label.to_uppercase() } else { label.to_owned() };
        prop_assert_eq!(code(&format!("{label}{between}{number}")), "personal_reference");
    }

    #[test]
    fn a_dni_is_found_and_its_neighbours_are_not(number in 0u64..100_000_000, other in 1u64..23) {
        let letters = b"TRWAGMYFPDXBNJZSQVHLCKE";
        let letter = |number: u64| char::from(letters[usize::try_from(number % 23).unwrap()]);
        let dni = format!("{number:08}{}", letter(number));
        prop_assert!(is_personal(&dni));
        let neighbour = format!("{number:08}{}", letter(number + other));
        prop_assert!(!is_spanish(&neighbour));
    }

    #[test]
    fn what_programs_draw_is_taken(
        uuid in any::<u128>(), hex in "[0-9a-f]{19,64}", ulid in "[0-7][0-9A-HJKMNP-TV-Z]{25}", counter in 0u64..u64::MAX,
        word in "[a-z]{3,10}",
    ) {
        prop_assert_eq!(code(&uuid::Uuid::from_u128(uuid).to_string()), "");
        prop_assert_eq!(code(&hex), "");
        prop_assert_eq!(code(&ulid), "");
        prop_assume!(label(&word).is_none());
        prop_assert_eq!(code(&format!("{word}-{counter}")), "");
    }

    #[test]
    fn no_text_is_too_odd(text in "\\PC*", tail in any::<String>()) {
        let _ = (is_personal(&text), check(&tail));
    }
}
