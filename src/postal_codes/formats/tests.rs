use proptest::prelude::*;

use super::*;

fn read_all(text: &[u8], only: Option<&str>) -> (Result<File, ReadError>, Vec<Fault>) {
    let mut faults = Vec::new();
    let file = read(text, only, |fault| faults.push(fault));
    (file, faults)
}

fn found(file: &File, country: &str, code: &str) -> Option<Position> {
    file.countries.get(country)?.0.get(code).map(Mean::position)
}

fn at(latitude: f64, longitude: f64) -> Option<Position> {
    Position::new(latitude, longitude)
}

fn geonames(country: &str, code: &str, latitude: &str, longitude: &str) -> String {
    format!("{country}\t{code}\tPlace\tState\tST\tCounty\t001\t\t\t{latitude}\t{longitude}\t4\n")
}

#[test]
fn geonames_files_give_a_code_the_mean_of_its_places() {
    let text = [
        geonames("DE", "10115", "52.5323", "13.3846"),
        geonames("GB", "sw1a", "51.5", "-0.1"),
        geonames("DE", "10-117", "52.0", "13.0"),
        geonames("DE", "10117", "52.0", "13.2"),
    ]
    .concat();
    let (file, faults) = read_all(text.as_bytes(), None);
    let file = file.unwrap();
    assert_eq!((file.source, file.faulty, faults), (Source::GeoNames, 0, vec![]));
    assert_eq!(found(&file, "DE", "10115"), at(52.5323, 13.3846));
    assert_eq!(found(&file, "GB", "SW1A"), at(51.5, -0.1));
    let mean = found(&file, "DE", "10117").unwrap();
    assert!((mean.latitude - 52.0).abs() < 1e-4 && (mean.longitude - 13.1).abs() < 1e-6, "{mean:?}");
    let one = read_all(text.as_bytes(), Some("GB")).0.unwrap();
    assert_eq!(one.countries.into_keys().collect::<Vec<_>>(), ["GB"]);
}

#[test]
fn gazetteers_are_read_with_tabs_and_with_bars() {
    let tabs = "GEOID\tALAND\tAWATER\tALAND_SQMI\tAWATER_SQMI\tINTPTLAT\tINTPTLONG               \r\n\
                00601\t166847909\t799292\t64.42\t0.309\t18.180555\t-66.749961\r\n";
    let bars = "\u{feff}GEOID|GEOIDFQ|ALAND|AWATER|ALAND_SQMI|AWATER_SQMI|INTPTLAT|INTPTLONG\n\
                00601|860Z200US00601|1|2|3|4|18.180555|-66.749961";
    for text in [tabs, bars] {
        let (file, faults) = read_all(text.as_bytes(), Some("US"));
        let file = file.unwrap();
        assert_eq!((file.source, faults), (Source::CensusGazetteer, vec![]));
        assert_eq!(found(&file, "US", "00601"), at(18.180555, -66.749961));
        assert!(matches!(read_all(text.as_bytes(), Some("GB")).0, Err(ReadError::OtherCountry)));
    }
}

#[test]
fn what_is_neither_is_refused_as_a_whole() {
    let counties =
        b"USPS\tGEOID\tANSICODE\tNAME\tALAND\tINTPTLAT\tINTPTLONG\nAL\t01001\t1\tA\t1\t32.5\t-86.6\n";
    assert!(matches!(read_all(counties, None).0, Err(ReadError::OtherGazetteer)));
    assert!(matches!(read_all(b"PK\x03\x04\x14\0", None).0, Err(ReadError::Archive)));
    for text in [&b""[..], b"\n", b"a,b,c\n", b"DE\t10115\tBerlin\n", b"{}", b"GEOID\tINTPTLAT\n00601\t1\n"] {
        assert!(matches!(read_all(text, None).0, Err(ReadError::UnknownFormat)), "{text:?}");
    }
}

#[test]
fn each_faulty_line_is_told_with_its_number() {
    let wide = geonames("DE", "10115", &"5".repeat(1 << 17), "13");
    let text = [
        &geonames("DE", "10115", "52.5", "13.4"),
        "DE\t10115\n",
        "\n",
        &geonames("XX", "10115", "52.5", "13.4"),
        &geonames("DE", "!", "52.5", "13.4"),
        &geonames("DE", "10116", "", "13.4"),
        &geonames("DE", "10116", "NaN", "13.4"),
        &geonames("DE", "10116", "52.5", "180.5"),
        &wide,
        geonames("DE", "10117", "52.5", "13.4").trim_end(),
    ]
    .concat();
    let (file, faults) = read_all(text.as_bytes(), None);
    let file = file.unwrap();
    let told: Vec<_> = faults.iter().map(|fault| (fault.line, fault.detail)).collect();
    assert_eq!(
        told,
        [
            (2, "not twelve columns between tabs"),
            (4, "the first column is not an ISO 3166-1 alpha-2 country"),
            (5, "no postal code"),
            (6, "latitude or longitude is not a number"),
            (7, "latitude or longitude is out of range"),
            (8, "latitude or longitude is out of range"),
            (9, "longer than any line of such a file"),
        ]
    );
    assert_eq!(file.faulty, 7);
    assert_eq!(file.countries["DE"].0.keys().map(|code| &**code).collect::<Vec<_>>(), ["10115", "10117"]);
    let (_, faults) = read_all(b"GEOID\tINTPTLAT\tINTPTLONG\n0601\t18\t-66\n00601\t18\n", None);
    let details: Vec<_> = faults.iter().map(|fault| fault.detail).collect();
    assert_eq!(details, ["GEOID is not five digits", "fewer columns than the header has"]);
}

proptest! {
    #[test]
    fn bytes_that_are_no_table_do_not_break_it(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        head in proptest::sample::select(vec![
            &b""[..], b"GEOID|INTPTLAT|INTPTLONG\n", b"US\t1\t\t\t\t\t\t\t\t1\t1\t1\n", b"\xef\xbb\xbf", b"DE\t",
        ]),
    ) {
        let text = [head, &bytes].concat();
        let (file, faults) = read_all(&text, None);
        if let Ok(file) = file {
            prop_assert_eq!(file.faulty, faults.len() as u64);
            let lines = text.split(|byte| *byte == b'\n').count() as u64;
            prop_assert!(faults.iter().all(|fault| (1..=lines).contains(&fault.line)));
        }
    }

    #[test]
    fn what_is_written_in_either_format_is_read_back(
        rows in proptest::collection::btree_map("[0-9]{5}", (-90.0..=90.0f64, -180.0..=180.0f64), 1..40),
    ) {
        let mut files = [String::new(), "GEOID\tINTPTLAT\tINTPTLONG\n".to_owned(), "INTPTLONG|GEOID|INTPTLAT \n".to_owned()];
        for (code, (latitude, longitude)) in &rows {
            files[0] += &geonames("US", code, &latitude.to_string(), &longitude.to_string());
            files[1] += &format!("{code}\t{latitude}\t{longitude}\n");
            files[2] += &format!("{longitude}|{code}|{latitude} \n");
        }
        for text in files {
            let (file, faults) = read_all(text.as_bytes(), None);
            prop_assert!(faults.is_empty());
            let mut file = file.unwrap();
            let read: Vec<_> = file.countries.remove("US").unwrap().positions().collect();
            let written: Vec<_> = rows
                .iter()
                .map(|(code, (latitude, longitude))| (code.as_str().into(), at(*latitude, *longitude).unwrap()))
                .collect();
            prop_assert_eq!(read, written);
        }
    }
}
