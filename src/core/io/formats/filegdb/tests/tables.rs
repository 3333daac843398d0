//! Fields, values, rows, offsets, the catalogue.

use super::super::super::{Cell, Date, DateTime, FieldKind, Format, InMemory, ReadHints, Time};
use super::super::FileGdb;
use super::made::*;

fn text(text: &str) -> Cell<'static> {
    Cell::Text(text.to_owned().into())
}

#[test]
fn every_type_is_exact_and_null_where_it_is() {
    let f64s = |n: f64| n.to_le_bytes().to_vec();
    let day = 45_000.0;
    let stamp = |hour, offset_minutes| {
        let time = Time { hour, minute: 0, second: 0, nanosecond: 0 };
        Cell::DateTime(DateTime { date: Date { year: 2023, month: 3, day: 15 }, time, offset_minutes })
    };
    let guid: Vec<u8> = (1..=16).collect();
    let guid_text = text("{04030201-0605-0807-090A-0B0C0D0E0F10}");
    for (description, value, kind, cell) in [
        (fixed_field("F", 0, 2), (-13_i16).to_le_bytes().to_vec(), Some(FieldKind::Integer), Cell::Integer(-13)),
        (
            fixed_field("F", 1, 4),
            i32::MIN.to_le_bytes().to_vec(),
            Some(FieldKind::Integer),
            Cell::Integer(i32::MIN.into()),
        ),
        (fixed_field("F", 2, 4), 0.1_f32.to_le_bytes().to_vec(), Some(FieldKind::Real), Cell::Real(0.1_f32.into())),
        (fixed_field("F", 3, 8), f64s(1e-300), Some(FieldKind::Real), Cell::Real(1e-300)),
        (fixed_field("F", 3, 8), f64s(f64::NAN), Some(FieldKind::Real), Cell::Null),
        (text_field("F"), sized("排污口".as_bytes()), Some(FieldKind::Text), text("排污口")),
        (text_field("F"), sized(b""), Some(FieldKind::Text), text("")),
        (fixed_field("F", 5, 8), f64s(day + 0.5), Some(FieldKind::DateTime), stamp(12, None)),
        (field("F", "", 8, &[0, 1]), sized(&[1, 2, 3]), None, Cell::Missing),
        (field("F", "", 10, &[38, 1]), guid.clone(), Some(FieldKind::Text), guid_text.clone()),
        (field("F", "", 11, &[38, 1]), guid, Some(FieldKind::Text), guid_text),
        (field("F", "", 12, &[0, 1]), sized(b"<a/>"), Some(FieldKind::Text), text("<a/>")),
        (
            fixed_field("F", 13, 8),
            310_113_001_000_000_001_i64.to_le_bytes().to_vec(),
            Some(FieldKind::Integer),
            Cell::Integer(310_113_001_000_000_001),
        ),
        (fixed_field("F", 14, 8), f64s(day), Some(FieldKind::Date), Cell::Date(Date { year: 2023, month: 3, day: 15 })),
        (
            fixed_field("F", 15, 8),
            f64s(0.75),
            Some(FieldKind::Time),
            Cell::Time(Time { hour: 18, minute: 0, second: 0, nanosecond: 0 }),
        ),
        (
            fixed_field("F", 16, 10),
            [f64s(day + 0.25), 480_i16.to_le_bytes().to_vec()].concat(),
            Some(FieldKind::DateTime),
            stamp(6, Some(480)),
        ),
    ] {
        let fields = [id_field(), fixed_field("BEFORE", 1, 4), description, text_field("AFTER")];
        let (one, after) = (7_i32.to_le_bytes(), sized("后".as_bytes()));
        let rows = [row(&[0xF8], &[&one, &value, &after]), None, row(&[0xFF], &[]), row(&[0xFA], &[&one, &after])];
        let files = geodatabase(&[("表", table(&fields, &rows, PLAIN))], &[]);
        let taken = read(&files, "表").expect("a table");
        let kinds: Vec<FieldKind> = taken.schema.fields.iter().map(|field| field.kind).collect();
        let with = |cell: Cell<'static>, around: [Cell<'static>; 2]| {
            let [before, after] = around;
            if kind.is_some() { vec![before, cell, after] } else { vec![before, after] }
        };
        let whole = [Cell::Integer(7), text("后")];
        let wanted = [
            (Some(1), with(cell, whole.clone())),
            (Some(3), with(Cell::Null, [Cell::Null, Cell::Null])),
            (Some(4), with(Cell::Null, whole)),
        ];
        let got: Vec<_> = taken.rows.into_iter().map(|(id, cells, _)| (id, cells)).collect();
        assert_eq!(got, wanted);
        assert_eq!(
            kinds,
            [Some(FieldKind::Integer), kind, Some(FieldKind::Text)].into_iter().flatten().collect::<Vec<_>>()
        );
    }
}

#[test]
fn default_values_aliases_and_texts_of_sixteen_bits_are_read() {
    // a text with a default value, a number with one, a number whose default is counted but not flagged
    let fields = [
        id_field(),
        field("NAME", "名称", 4, &[50, 0, 0, 0, 5, 4, 0x32, 0x75, 0x59, 0x4E]),
        field("N", "N", 1, &[4, 5, 4, 9, 0, 0, 0]),
        field("M", "", 1, &[4, 1, 0]),
    ];
    let name: Vec<u8> = "乙".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let rows = [
        row(&[0xF8], &[&sized(&name), &1_i32.to_le_bytes(), &2_i32.to_le_bytes()]),
        row(&[0xFE], &[&sized(&name[..1])]),
    ];
    let files = geodatabase(&[("t", table(&fields, &rows, Stored { is_utf16: true, ..PLAIN }))], &[]);
    let taken = read(&files, "t").expect("a table");
    assert_eq!(taken.rows[0].1, [text("乙"), Cell::Integer(1), Cell::Integer(2)]);
    assert_eq!(taken.rows[1].1, [text(""), Cell::Null, Cell::Null]);
    let titles: Vec<_> = taken.schema.fields.iter().map(|field| (field.title.as_deref(), field.width)).collect();
    assert_eq!(titles, [(Some("名称"), Some(50)), (None, None), (None, None)]);
    assert_eq!(taken.schema.encoding.as_deref(), Some("UTF-16"));
    assert_eq!(taken.kinds(), ["bad_text"]);
    assert!(taken.schema.is_table && taken.schema.has_ids);
}

#[test]
fn rows_are_found_however_their_offsets_are_stored() {
    let fields = [id_field(), fixed_field("N", 1, 4)];
    // OBJECTIDs 1 to 5000 with deleted ones in between, and whole blocks deleted
    let rows: Vec<_> = (1..=5000)
        .map(
            |id: i32| {
                if id % 7 == 0 || (1025..=3072).contains(&id) { None } else { row(&[0xFE], &[&id.to_le_bytes()]) }
            },
        )
        .collect();
    for width in [4, 5, 6] {
        for (is_64_bit, is_sparse) in [(false, false), (false, true), (true, false), (true, true)] {
            let stored = Stored { width, is_64_bit, is_sparse, ..PLAIN };
            let taken = read(&geodatabase(&[("t", table(&fields, &rows, stored))], &[]), "t").expect("a table");
            assert_eq!(taken.rows.len(), rows.iter().flatten().count());
            assert!(
                taken.rows.iter().all(|(id, cells, _)| cells[0] == Cell::Integer(id.expect("an id"))),
                "{width} {is_64_bit} {is_sparse}"
            );
            assert_eq!(taken.kinds(), Vec::<&str>::new());
        }
    }
}

#[test]
fn a_map_of_unknown_form_gives_rows_without_ids() {
    let rows: Vec<_> =
        (1..=3000).map(|id: i32| if id > 2048 { row(&[0xFE], &[&id.to_le_bytes()]) } else { None }).collect();
    let stored = Stored { is_64_bit: true, is_sparse: true, ..PLAIN };
    let (bytes, mut offsets) = table(&[id_field(), fixed_field("N", 1, 4)], &rows, stored);
    let map = 16 + 5 * 1024 + 12;
    offsets[map] = 9;
    let taken = read(&geodatabase(&[("t", (bytes, offsets))], &[]), "t").expect("a table");
    assert_eq!((taken.rows.len(), taken.rows[0].0, taken.schema.has_ids), (952, None, false));
    assert_eq!(taken.kinds(), ["ids_unknown"]);
}

const WKT: &str = "PROJCS[\"CGCS2000_3_Degree_GK_CM_120E\",GEOGCS[\"GCS_China_Geodetic_Coordinate_System_2000\"],UNIT[\"Meter\",1.0]]";

fn definition(kind: &str, name: &str, inside: &str) -> String {
    format!(
        "<DEFeatureClassInfo><DatasetType>{kind}</DatasetType><Name>{name}</Name>{inside}<SpatialReference><WKT>{}</WKT><WKID>4549</WKID>\
         <LatestWKID>4549</LatestWKID></SpatialReference></DEFeatureClassInfo>",
        WKT.replace('"', "&quot;")
    )
}

#[test]
fn the_catalogue_gives_names_aliases_domains_subtypes_datasets_and_systems() {
    let fields = [id_field(), shape_field(WKT), fixed_field("KIND", 1, 4), text_field("DL"), fixed_field("H", 3, 8)];
    let stored = Stored { geometry_type: 4, ..PLAIN };
    let empty = table(&fields, &[], stored);
    let inside = "<AliasName>规划地块</AliasName><GPFieldInfoExs>\
        <GPFieldInfoEx><Name>DL</Name><AliasName>地类</AliasName><DomainName>地类域</DomainName></GPFieldInfoEx>\
        <GPFieldInfoEx><Name>H</Name><AliasName>H</AliasName><DomainName>高度</DomainName></GPFieldInfoEx></GPFieldInfoExs>\
        <SubtypeFieldName>KIND</SubtypeFieldName><Subtypes><Subtype><SubtypeName>居住</SubtypeName><SubtypeCode>7</SubtypeCode></Subtype></Subtypes>\
        <ShapeType>esriGeometryPolygon</ShapeType>";
    let coded = "<GPCodedValueDomain2><DomainName>地类域</DomainName><CodedValues><CodedValue><Name>水田</Name><Code>0101</Code></CodedValue></CodedValues></GPCodedValueDomain2>";
    let range =
        "<GPRangeDomain2><DomainName>高度</DomainName><MaxValue>100</MaxValue><MinValue>0</MinValue></GPRangeDomain2>";
    let attachments = table(&[id_field(), field("DATA", "", 8, &[0, 1])], &[], PLAIN);
    let files = geodatabase(
        &[
            ("DK", empty.clone()),
            ("DK__ATTACH", attachments),
            ("IMG", empty.clone()),
            ("fras_ras_IMG", empty.clone()),
            ("GONE", empty),
        ],
        &[
            ("规划", "\\规划", &definition("esriDTFeatureDataset", "规划", "")),
            ("DK", "\\规划\\DK", &definition("esriDTFeatureClass", "DK", inside)),
            ("IMG", "\\IMG", "<DERasterDataset><DatasetType>esriDTRasterDataset</DatasetType></DERasterDataset>"),
            ("GONE", "\\GONE", &definition("esriDTFeatureClass", "GONE", "<ShapeType>esriGeometryPoint</ShapeType>")),
            ("地类域", "", coded),
            ("高度", "", range),
        ],
    );
    let files = without(&files, "x.gdb/a0000000d.gdbtable");
    let told: Vec<String> = layers(&files)
        .expect("layers")
        .iter()
        .map(|l| format!("{} {:?} {} {} {:?} {:?}", l.name, l.title, l.kinds.len(), l.is_table, l.rows, l.crs))
        .collect();
    assert_eq!(
        told,
        [
            "DK Some(\"规划地块\") 2 false Some(0) Some(\"EPSG:4549\")",
            "DK__ATTACH None 0 true Some(0) None",
            "IMG None 0 false None None",
            "GONE None 1 false None Some(\"EPSG:4549\")",
        ]
    );
    let taken = read(&files, "dk").expect("a layer");
    assert_eq!(taken.kinds(), ["dataset", "range_domain"]);
    let domains: Vec<_> = taken.schema.fields.iter().map(|f| f.domain.as_ref().map(|d| d.values.clone())).collect();
    let pair = |a: &str, b: &str| Some(vec![(a.to_owned(), b.to_owned())]);
    assert_eq!(domains, [pair("7", "居住"), pair("0101", "水田"), None]);
    assert_eq!(taken.schema.fields[1].title.as_deref(), Some("地类"));
    for (layer, wanted) in [("IMG", "is a raster"), ("GONE", "is missing"), ("NONE", "no layer or table")] {
        let said = refusal(read(&files, layer).expect_err("refused"));
        assert!(said.contains(wanted), "{said}");
    }
}

/// The same files without one.
pub(super) fn without(files: &InMemory, name: &str) -> InMemory {
    use super::super::super::Folder;
    let kept = files.names().expect("names").into_iter().filter(|other| other != name);
    kept.fold(InMemory::default(), |all, name| {
        let bytes = files.open(&name).and_then(|bytes| bytes.stretch(0, usize::MAX)).expect("bytes");
        all.with(&name, bytes)
    })
}

#[test]
fn what_is_not_read_is_refused_with_the_way_out() {
    let one = table(&[id_field(), fixed_field("N", 1, 4)], &[row(&[0xFE], &[&[1, 0, 0, 0]])], PLAIN);
    let with = |table: (Vec<u8>, Vec<u8>)| geodatabase(&[("t", table)], &[]);
    let changed = |at: usize, to: u8| {
        let mut one = one.clone();
        one.0[at] = to;
        with(one)
    };
    let compressed = without(&with(one.clone()), "x.gdb/a00000009.gdbtable").with("x.gdb/a00000009.cdf", vec![0x32]);
    let unknown_field = table(&[id_field(), fixed_field("N", 99, 4)], &[], PLAIN);
    for (files, wanted) in [
        (compressed, "|None|“t” is kept in compressed form (.cdf)"),
        (
            without(&with(one.clone()), "x.gdb/a00000009.gdbtablx"),
            "a00000009.gdbtablx|None|The file a00000009.gdbtablx is missing",
        ),
        (
            without(&with(one.clone()), "x.gdb/a00000001.gdbtable"),
            "a00000001.gdbtable|None|The file a00000001.gdbtable is missing",
        ),
        (changed(0, 9), "a00000009.gdbtable|None|Version 9"),
        (with(unknown_field), "a00000009.gdbtable|Some(Byte(75))|The type 99 of field “N”"),
        (InMemory::default().with("x.gdb/readme.txt", vec![]), "|None|There is no file geodatabase here"),
    ] {
        let said = refusal(read(&files, "t").expect_err("refused"));
        assert!(said.starts_with(wanted), "{said}");
    }
}

#[test]
fn a_table_file_alone_is_read_and_said_to_be_alone() {
    let (bytes, offsets) = table(&[id_field(), text_field("T")], &[row(&[0xFE], &[&sized(&[0xC5, 0xC5])])], PLAIN);
    let input = InMemory::default()
        .with("A0000000B.gdbtable", bytes.clone())
        .with("a0000000b.gdbtablx", offsets)
        .input("A0000000B.gdbtable");
    assert!(FileGdb.is_it(&input, &bytes) && !FileGdb.is_it(&input, b"GDB"));
    let hints = ReadHints { encoding: Some("gbk".to_owned()), ..ReadHints::default() };
    let layers = FileGdb.layers(&input, &hints).expect("layers");
    let mut taken = Taken::default();
    FileGdb.read(&input, &layers[0].name, &hints, &mut taken, &Default::default()).expect("rows");
    assert_eq!(taken.rows[0].1, [text("排")]);
    assert_eq!(taken.kinds(), ["single_table"]);
}

#[test]
fn counts_and_bytes_that_do_not_fit_are_said() {
    let (mut bytes, offsets) =
        table(&[id_field(), fixed_field("N", 1, 4)], &[row(&[0xFE], &[&[1, 0, 0, 0, 9]])], PLAIN);
    bytes[4] = 5;
    let taken = read(&geodatabase(&[("t", (bytes, offsets))], &[]), "t").expect("a table");
    assert_eq!(taken.kinds(), ["left_over", "row_count"]);
    let cancelled = crate::progress::Progress::default();
    cancelled.cancel();
    let rows: Vec<_> = (0..2000).map(|_| row(&[0xFE], &[&[1, 0, 0, 0]])).collect();
    let files = geodatabase(&[("t", table(&[id_field(), fixed_field("N", 1, 4)], &rows, PLAIN))], &[]);
    let done = FileGdb.read(&files.input("x.gdb"), "t", &ReadHints::default(), &mut Taken::default(), &cancelled);
    assert!(matches!(done, Err(super::super::super::FormatError::Cancelled)));
}
