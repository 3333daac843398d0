//! What executors refuse, and what the driver refuses of what comes back.

use shanshui_cluster::receipts::{Asked, checked};
use shanshui_cluster::task::{Failed, Receipt, Rows, Task};
use shanshui_cluster::worker::Worker;
use shanshui_core::i18n::Lang;

fn task(tile: u32) -> Task {
    Task { build: "aaaa".to_owned(), data: "dddd".to_owned(), tile, layers: Vec::new(), owned: 3, question: Vec::new() }
}

fn worker() -> Worker {
    Worker::of_build("host:1", 1 << 20, "aaaa")
}

fn receipt(tile: u32) -> Receipt {
    worker().receipt_by(&task(tile).to_bytes(), |_| Ok(vec![1]))
}

fn refused(receipts: Vec<Receipt>) -> String {
    let asked = Asked { build: "aaaa", data: "dddd", owned: &[3, 3] };
    checked(receipts, asked, Lang::En).expect_err("refused")
}

#[test]
fn one_receipt_of_each_task_is_taken_in_the_order_of_the_tasks() {
    let asked = Asked { build: "aaaa", data: "dddd", owned: &[3, 3] };
    let taken = checked(vec![receipt(1), receipt(0)], asked, Lang::En).expect("taken");
    assert_eq!(taken.iter().map(|receipt| receipt.tile).collect::<Vec<_>>(), [Some(0), Some(1)]);
}

#[test]
fn receipts_that_are_not_the_tasks_are_refused() {
    let said = refused(vec![receipt(0), receipt(1), receipt(0)]);
    assert!(said.contains("tile 0 was done twice") && said.contains("host:1"), "{said}");
    let said = refused(vec![receipt(1)]);
    assert!(said.contains("1 of 2 tiles have none, such as 0"), "{said}");
    let said = refused(vec![receipt(0), receipt(7)]);
    assert!(said.contains("a receipt of tile Some(7)"), "{said}");
    let said = refused(vec![receipt(0), Receipt { owned: 2, ..receipt(1) }]);
    assert!(said.contains("tile 1 has 2 rows, not 3"), "{said}");
    let said = refused(vec![receipt(0), Receipt { data: "eeee".to_owned(), ..receipt(1) }]);
    assert!(said.contains("tile 1 is of data set eeee"), "{said}");
    let said = refused(vec![receipt(0), Receipt { build: "bbbb".to_owned(), ..receipt(1) }]);
    assert!(said.contains("another build") && said.contains("bbbb"), "{said}");
}

#[test]
fn a_panic_names_its_tile() {
    let panics = worker().receipt_by(&task(1).to_bytes(), |_| panic!("the ground gave way"));
    assert_eq!(panics.found, Err(Failed::Panic("the ground gave way".to_owned())));
    let said = refused(vec![receipt(0), panics]);
    assert!(said.contains("tile 1 (3 rows, executor host:1)") && said.contains("the ground gave way"), "{said}");
}

#[test]
fn an_executor_of_another_build_refuses() {
    let other = Worker::of_build("host:2", 1 << 20, "bbbb");
    let receipt = other.receipt_by(&task(0).to_bytes(), |_| panic!("it must not be done"));
    assert_eq!(receipt.found, Err(Failed::Build { asked: "aaaa".to_owned(), own: "bbbb".to_owned() }));
    let said = refused(vec![receipt]);
    assert!(said.contains("host:2") && said.contains("bbbb") && said.contains("aaaa"), "{said}");
}

#[test]
fn what_cannot_be_read_is_said_and_ends_nothing() {
    for bytes in [&b""[..], b"\x07", b"\x01abc", &[0xff; 64]] {
        let receipt = worker().receipt_for(bytes);
        assert!(receipt.tile.is_none() && matches!(receipt.found, Err(Failed::Task(_))), "{receipt:?}");
    }
    // Its work is none.
    let receipt = worker().receipt_for(&task(4).to_bytes());
    assert!(receipt.tile == Some(4) && matches!(&receipt.found, Err(Failed::Work(_))), "{receipt:?}");
    let rows = Rows { file: "/nowhere/0.parquet".to_owned(), groups: vec![0], rows: vec![1] };
    let receipt = worker().receipt_for(&Task { layers: vec![rows], ..task(4) }.to_bytes());
    assert!(matches!(&receipt.found, Err(Failed::Data { file, .. }) if file == "/nowhere/0.parquet"), "{receipt:?}");
}
