//! Rings on disks that lose their power.

use super::layout::{Plan, Storage};
use super::reader::Reader;
use super::writer::{Pushed, Ring, packed_length};
use proptest::prelude::*;
use record::{CpuShares, Memory, Record as _, Sample, Seconds};
use std::cell::RefCell;
use std::io::{self, Read as _};
use std::rc::Rc;

/// What a disk was told.
#[derive(Clone, Debug)]
enum Told {
    Write(u64, Vec<u8>),
    Sync,
}

/// A disk that keeps all that it was told.
#[derive(Clone, Default)]
struct Disk {
    bytes: Rc<RefCell<Vec<u8>>>,
    told: Rc<RefCell<Vec<Told>>>,
}

fn write(bytes: &mut [u8], at: u64, what: &[u8]) {
    bytes[at as usize..at as usize + what.len()].copy_from_slice(what);
}

impl Storage for Disk {
    fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<()> {
        let bytes = self.bytes.borrow();
        let part = bytes.get(at as usize..at as usize + buffer.len());
        buffer.copy_from_slice(part.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.told.borrow_mut().push(Told::Write(at, bytes.to_vec()));
        write(&mut self.bytes.borrow_mut(), at, bytes);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.told.borrow_mut().push(Told::Sync);
        Ok(())
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.bytes.borrow().len() as u64)
    }
}

impl Disk {
    fn of(bytes: Vec<u8>) -> Self {
        Disk { bytes: Rc::new(RefCell::new(bytes)), told: Rc::default() }
    }
}

/// The line of sample `k`.
fn line(k: u64, interval: i64) -> Vec<u8> {
    // figures that differ from sample to sample as those of a machine do
    let noise = |salt: u64| (k.wrapping_mul(6_364_136_223_846_793_005 + salt) >> 40) % 100_000;
    let sample = Sample {
        time: time(k, interval),
        interval_s: Seconds::from_secs(interval),
        seq: k,
        cpus: 8,
        cpu: Some(CpuShares { busy: noise(1) as f64 / 1e5, ..CpuShares::default() }),
        memory: Some(Memory {
            total_bytes: 1 << 34,
            used_bytes: (1 << 30) + noise(2) * 4096,
            free_bytes: (1 << 32) - noise(3) * 4096,
            ..Memory::default()
        }),
        ..Sample::default()
    };
    sample.to_line()
}

fn time(k: u64, interval: i64) -> Seconds {
    Seconds::from_secs(1_700_000_000 + k as i64 * interval)
}

fn read(bytes: &[u8]) -> Vec<String> {
    let mut text = String::new();
    Reader::new(Disk::of(bytes.to_vec())).unwrap().read_to_string(&mut text).unwrap();
    text.lines().map(|line| format!("{line}\n")).collect()
}

/// Numbers of the samples that are read.
fn numbers(bytes: &[u8]) -> Vec<u64> {
    let number = |line: &String| {
        let from = line.find("\"seq\":").unwrap() + 6;
        let digits: String = line[from..].chars().take_while(char::is_ascii_digit).collect();
        let number: u64 = digits.parse().unwrap();
        assert_eq!(line.as_bytes(), self::line(number, 1), "a line is whole or not there");
        number
    };
    read(bytes).iter().map(number).collect()
}

/// A small ring that goes round several times, and its disk.
fn written(count: u64) -> Disk {
    let plan =
        Plan { segments: 4, ..Plan::of_size(Seconds::from_secs(9), Seconds::from_secs(1), 0) };
    let plan = Plan { segment: 2048, ..plan };
    let disk = Disk::of(vec![0; plan.bytes() as usize]);
    let mut ring = Ring::create(disk.clone(), plan).unwrap();
    for k in 0..count {
        assert_ne!(ring.push(&line(k, 1), time(k, 1)).unwrap(), Pushed::TooLong);
    }
    disk
}

#[test]
fn of_25_hours_the_last_24_are_there() {
    let (keep, interval) = (Seconds::from_secs(24 * 3600), Seconds::from_secs(30));
    let plan = Plan::for_records(keep, interval, packed_length(&line(0, 30)).unwrap());
    let disk = Disk::of(vec![0; plan.bytes() as usize]);
    let mut ring = Ring::create(disk.clone(), plan).unwrap();
    let all = 25 * 120;
    for k in 0..all {
        assert_eq!(ring.push(&line(k, 30), time(k, 30)).unwrap(), Pushed::Kept);
    }
    assert_eq!(disk.length().unwrap(), plan.bytes(), "as long as at the beginning");
    let kept = read(&disk.bytes.borrow());
    let first = all - kept.len() as u64;
    assert!(time(all - 1, 30) - time(first, 30) >= keep, "{} samples", kept.len());
    for (k, one) in (first..).zip(&kept) {
        assert_eq!(one.as_bytes(), line(k, 30));
    }
}

#[test]
fn a_ring_goes_round() {
    let disk = written(200);
    let kept = numbers(&disk.bytes.borrow());
    assert_eq!(*kept.last().unwrap(), 199);
    assert!(kept.len() >= 40 && kept.len() < 190 && kept.windows(2).all(|w| w[1] == w[0] + 1));
    // read in small pieces it is the same
    let mut reader = Reader::new(disk.clone()).unwrap();
    let (mut text, mut piece) = (Vec::new(), [0; 7]);
    while let Ok(count @ 1..) = reader.read(&mut piece) {
        text.extend_from_slice(&piece[..count]);
    }
    assert_eq!(text, read(&disk.bytes.borrow()).concat().into_bytes());
}

#[test]
fn what_reaches_back_too_little_says_how_far() {
    let plan =
        Plan { segment: 2048, ..Plan::of_size(Seconds::from_secs(9999), Seconds::from_secs(1), 0) };
    let disk = Disk::of(vec![0; plan.bytes() as usize]);
    let mut ring = Ring::create(disk, plan).unwrap();
    let told: Vec<_> = (0..200).map(|k| ring.push(&line(k, 1), time(k, 1)).unwrap()).collect();
    let short: Vec<_> = told.iter().filter(|told| matches!(told, Pushed::Short(_))).collect();
    assert!(!short.is_empty() && short.len() < 20, "once a segment, {short:?}");
}

#[test]
fn a_record_longer_than_a_segment_is_left_out_and_the_others_go_on() {
    let disk = written(5);
    let mut ring = Ring::resume(disk.clone()).unwrap();
    // the generator of Knuth's MMIX: nothing that can be compressed
    let next = |state: &mut u64| {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        Some((*state >> 56) as u8)
    };
    let mut state = 1u64;
    let noise: Vec<u8> = std::iter::from_fn(|| next(&mut state)).take(9000).collect();
    assert_eq!(ring.push(&noise, time(5, 1)).unwrap(), Pushed::TooLong);
    for k in 5..9 {
        assert_eq!(ring.push(&line(k, 1), time(k, 1)).unwrap(), Pushed::Kept);
    }
    assert_eq!(numbers(&disk.bytes.borrow()), (0..9).collect::<Vec<_>>());
}

/// The disk after the first `whole` things it was told and `part` bytes of the next.
fn killed(disk: &Disk, whole: usize, part: usize) -> Vec<u8> {
    let mut bytes = vec![0; disk.bytes.borrow().len()];
    for (at, told) in disk.told.borrow().iter().enumerate().take(whole + 1) {
        if let Told::Write(place, what) = told {
            let end = if at == whole { part.min(what.len()) } else { what.len() };
            write(&mut bytes, *place, &what[..end]);
        }
    }
    bytes
}

#[test]
fn killed_at_any_byte_it_keeps_all_but_the_last_and_goes_on() {
    let disk = written(48);
    let told = disk.told.borrow().clone();
    let mut before = 0;
    for (at, one) in told.iter().enumerate().skip(1) {
        let Told::Write(_, what) = one else { continue };
        let step = if at % 9 == 0 { 1 } else { 61 };
        for part in (0..=what.len()).step_by(step) {
            let bytes = killed(&disk, at, part);
            let kept = numbers(&bytes);
            assert!(kept.windows(2).all(|w| w[1] == w[0] + 1), "{kept:?}");
            let last = kept.last().map_or(0, |last| last + 1);
            assert!(last == before || (last == before + 1 && part == what.len()), "{at} {part}");
            let again = Disk::of(bytes);
            let mut ring = Ring::resume(again.clone()).unwrap();
            for k in last..last + 3 {
                ring.push(&line(k, 1), time(k, 1)).unwrap();
            }
            let kept = numbers(&again.bytes.borrow());
            assert_eq!(*kept.last().unwrap(), last + 2, "{at} {part}");
            assert!(kept.windows(2).all(|w| w[1] == w[0] + 1), "{kept:?}");
        }
        before += 1;
    }
}

/// What a disk writes at once.
const SECTOR: usize = 512;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_power_loss_costs_no_segment_that_was_finished(count in 1u64..120, coins in any::<[u64; 8]>()) {
        let disk = written(count);
        let told = disk.told.borrow();
        let synced = told.iter().rposition(|told| matches!(told, Told::Sync)).unwrap();
        let mut bytes = killed(&disk, synced, 0);
        let finished = numbers(&bytes);
        // sectors that were not on the disk yet get there in any order, or never
        let mut sector = 0usize;
        for one in &told[synced..] {
            let Told::Write(place, what) = one else { continue };
            let mut at = 0;
            while at < what.len() {
                let here = *place as usize + at;
                let end = (at + SECTOR - here % SECTOR).min(what.len());
                if coins[(sector / 64) % 8] >> (sector % 64) & 1 == 1 {
                    write(&mut bytes, here as u64, &what[at..end]);
                }
                sector += 1;
                at = end;
            }
        }
        let kept = numbers(&bytes);
        prop_assert!(kept.windows(2).all(|w| w[0] < w[1]), "{:?}", kept);
        // what was finished is there, but for the oldest segment, which may have been begun anew
        let begun = told[synced..].iter().any(|told| matches!(told, Told::Write(..)));
        let most_lost = if begun { 40 } else { 0 };
        let lost = finished.iter().filter(|number| !kept.contains(number)).count();
        prop_assert!(lost <= most_lost, "lost {} of {:?}: {:?}", lost, finished, kept);
        if let (Some(last), Some(end)) = (finished.last(), kept.last()) {
            prop_assert!(end >= last);
        }
        // and it goes on
        let again = Disk::of(bytes);
        let mut ring = Ring::resume(again.clone()).unwrap();
        ring.push(&line(500, 1), time(500, 1)).unwrap();
        prop_assert_eq!(*numbers(&again.bytes.borrow()).last().unwrap(), 500);
    }

    #[test]
    fn damaged_copies_have_true_lines_or_none(
        damages in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        let disk = written(60);
        let mut bytes = disk.bytes.borrow().clone();
        for (place, value) in damages {
            let at = place.index(bytes.len());
            bytes[at] = value;
        }
        if let Ok(mut reader) = Reader::new(Disk::of(bytes.clone())) {
            while let Some(line) = reader.next_line() {
                let whole = line.starts_with(b"{\"type\":\"sample\"") && line.ends_with(b"}\n");
                prop_assert!(whole);
            }
            prop_assert!(numbers(&bytes).len() <= 60);
        }
    }
}

#[test]
fn what_is_no_ring_is_refused_in_words() {
    let refused = |bytes: Vec<u8>| Reader::new(Disk::of(bytes)).err().unwrap();
    assert_eq!(refused(Vec::new()), "is no ring of pgmon");
    assert_eq!(refused(b"{\"type\":\"sample\"}\n".repeat(999)), "is no ring of pgmon");
    let whole = written(3).bytes.borrow().clone();
    assert!(refused(whole[..whole.len() - 1].to_vec()).contains("but was made with"));
    let mut damaged = whole.clone();
    damaged[13] ^= 1;
    assert_eq!(refused(damaged), "the block at its beginning is damaged");
    let mut newer = whole;
    newer[8] = 9;
    assert_eq!(refused(newer), "is a ring of version 9; this program knows 1");
}
