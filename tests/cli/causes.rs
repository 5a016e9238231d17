//! The cause of a slow run, on runs whose cause is known.

mod machine;
mod runner;
mod table;
mod tell;

#[test]
fn the_same_row_makes_the_same_run() {
    let rows = table::rows();
    assert_eq!(rows.len(), 40);
    for (row, seed) in rows.iter().zip(1..) {
        let logs = tell::logs(row, seed);
        if let Some(folder) = std::env::var_os("CAUSES_KEPT") {
            let folder = std::path::Path::new(&folder);
            let name = format!("{seed:02}-{}", row.cause.replace(':', "-"));
            std::fs::write(folder.join(format!("{name}.ndjson")), &logs.events).unwrap();
            std::fs::write(folder.join(format!("{name}.samples")), &logs.samples).unwrap();
        }
    }
}
