//! `erbium statetest` and `erbium blocktest`.

use super::command::{Answer, COULD_NOT, FINE, NO};
use super::{Folder, data, run};
use serde_json::{Value, json};

const STATE: &str = "tests/data/state/eest-osaka-clz.json";
const BLOCKS: &str = "tests/data/blockchain/osaka-logs.json";

fn erbium(args: &[&str]) -> Answer {
    run(None, args, "")
}

/// Passes and names of a report.
fn report(answer: &Answer) -> Vec<(bool, String)> {
    let list = answer.json();
    list.as_array()
        .unwrap()
        .iter()
        .map(|it| (it["pass"].as_bool().unwrap(), it["name"].as_str().unwrap().to_owned()))
        .collect()
}

#[test]
fn state_tests_pass_with_their_roots_on_stderr() {
    let answer = erbium(&["statetest", STATE]).expect(FINE);
    let [result] = answer.json().as_array().unwrap().clone().try_into().unwrap();
    let Value::Object(tests) = data("state/eest-osaka-clz.json") else { panic!() };
    let (name, test) = tests.into_iter().next().unwrap();
    let root = test["post"]["Osaka"][0]["hash"].clone();
    assert_eq!(result, json!({ "name": name, "pass": true, "fork": "Osaka", "stateRoot": root }));
    // Tools cut the root out of exactly this line.
    assert_eq!(answer.stderr, format!("{{\"stateRoot\": {root}}}\n"));
    assert_eq!(report(&erbium(&["statetest", "tests/data/state"])).len(), 24);
}

#[test]
fn a_state_test_that_fails_is_told_and_is_no_error() {
    let folder = Folder::new();
    let text = data("state/retesteth-arith.json").to_string();
    let root = "4c6e15a60aaab17fd64cdb35d269c1a4035566d57a8f9f29a88271b703d94132";
    let path = folder.write("wrong.json", &text.replace(root, &root.replacen('4', "5", 1)));
    let answer = erbium(&["statetest", &path]).expect(FINE);
    assert_eq!(erbium(&["conform", &path]).code, NO, "which is a command with exit codes of its own");
    let result = &answer.json()[0];
    assert_eq!((&result["pass"], &result["stateRoot"]), (&json!(false), &json!(format!("0x{root}"))));
    assert!(result["error"].as_str().unwrap().starts_with("state root 0x4c6e"), "{result}");
    erbium(&["statetest", "--human", &path])
        .expect(FINE)
        .out("[FAIL] ")
        .out("0 tests passed, 1 tests failed.");
}

#[test]
fn cases_are_chosen_by_name_fork_and_index() {
    let add11 = "tests/data/state/testeth-add11.json";
    let forks = |args: &[&str]| {
        let list = erbium(&[&["statetest", add11], args].concat()).expect(FINE).json();
        list.as_array().unwrap().iter().map(|it| it["fork"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(forks(&[]).len(), 7);
    assert_eq!(forks(&["--statetest.fork=EIP150"]), ["EIP150"]);
    assert_eq!(forks(&["--statetest.index", "0", "--statetest.fork", "Frontier"]), ["Frontier"]);
    assert_eq!(forks(&["--statetest.index=1"]), [""; 0]);
    assert_eq!(forks(&["--statetest.name=add11"]).len(), 7);
    assert_eq!((forks(&["--run", "^add\\d+$"]).len(), forks(&["--run", "sub"]).len()), (7, 0));
    erbium(&["statetest", "--run", "(", add11]).expect(COULD_NOT).err("--run: ");
}

#[test]
fn traces_are_lines_of_json_that_end_with_the_root() {
    let as_goevmlab = [
        "statetest",
        "--trace",
        "--trace.format=json",
        "--trace.nomemory=true",
        "--trace.noreturndata=true",
        STATE,
    ];
    let older = ["--json", "--noreturndata", "--nomemory", "statetest", STATE];
    let [new, old] = [&as_goevmlab[..], &older[..]].map(|args| erbium(args).expect(FINE).stderr);
    assert_eq!(new, old);
    let lines: Vec<Value> = new.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [steps @ .., summary, root] = lines.as_slice() else { panic!("{new}") };
    assert!(steps.len() > 10 && steps.iter().all(|step| step["pc"].is_u64() && step["stack"].is_array()));
    assert!(summary["gasUsed"].is_string() && root["stateRoot"].is_string());
}

#[test]
fn names_of_files_come_over_stdin_too() {
    let add11 = "tests/data/state/testeth-add11.json";
    for (command, file) in [("statetest", STATE), ("blocktest", BLOCKS)] {
        let alone = erbium(&[command, file]).expect(FINE).stdout;
        let answer = run(None, &[command], &format!("{file}\n{file}\n\n{add11}\n")).expect(FINE);
        assert_eq!(answer.stdout, alone.repeat(2), "an empty line is the end");
    }
}

#[test]
fn a_file_that_cannot_be_read_keeps_no_other_from_running() {
    let folder = Folder::new();
    let broken = folder.write("broken.json", "{\"a\": {\"env\":");
    let other = folder.write("other.json", "{\"a\": {\"env\": {}}}");
    for (command, file) in [("statetest", STATE), ("blocktest", BLOCKS)] {
        let answer = erbium(&[command, &broken, "missing.json", file]).expect(COULD_NOT);
        let answer = answer.err("broken.json: not a JSON object of tests: EOF").err("missing.json: ");
        assert!(matches!(report(&answer).as_slice(), [(true, _)]), "{}", answer.stdout);
        let answer = erbium(&[command, &other]).expect(FINE);
        assert_eq!(report(&answer), [(false, "a".to_owned())]);
        answer.out("missing field");
    }
}

#[test]
fn the_state_is_dumped_when_asked_for() {
    for (command, file) in [("statetest", STATE), ("blocktest", BLOCKS)] {
        let result = erbium(&[command, "--dump", file]).expect(FINE).json()[0].clone();
        let root = format!("0x{}", result["state"]["root"].as_str().unwrap());
        assert_eq!(json!(root), result["stateRoot"]);
        assert!(result["state"]["accounts"].as_object().unwrap().len() > 2);
    }
}

#[test]
fn block_tests_pass_and_fail() {
    let answer = erbium(&["blocktest", "tests/data/blockchain"]).expect(FINE);
    assert!(report(&answer).len() == 7 && report(&answer).iter().all(|(pass, _)| *pass), "{}", answer.stdout);
    let workers = erbium(&["blocktest", "--workers", "2", "tests/data/blockchain"]).expect(FINE);
    assert_eq!(workers.stdout, answer.stdout);
    assert_eq!(report(&erbium(&["blocktest", "--run", "uncle.*Berlin", "tests/data/blockchain"])).len(), 1);

    let folder = Folder::new();
    let mut tests = data("blockchain/osaka-logs.json");
    let test = tests.as_object_mut().unwrap().values_mut().next().unwrap();
    test["lastblockhash"] = test["genesisBlockHeader"]["hash"].clone();
    let result = erbium(&["blocktest", &folder.write("wrong.json", &tests.to_string())]).expect(FINE).json();
    assert_eq!((&result[0]["pass"], &result[0]["fork"]), (&json!(false), &json!("Osaka")));
    assert!(result[0]["error"].as_str().unwrap().starts_with("the chain ends with block 1"), "{result}");
    assert_eq!(result[0].get("stateRoot"), None);
}

#[test]
fn block_tests_are_traced() {
    let answer = erbium(&["blocktest", "--trace", BLOCKS]).expect(FINE);
    let lines: Vec<Value> = answer.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    // One transaction. What the protocol calls by itself, before and behind it, is not shown.
    let [first, .., last] = lines.as_slice() else { panic!("{}", answer.stderr) };
    assert_eq!((&first["depth"], &first["pc"]), (&json!(1), &json!(0)));
    assert_eq!(lines.iter().filter(|line| line["gasUsed"].is_string()).count(), 1);
    assert!(last["gasUsed"].is_string(), "{last}");
    erbium(&["blocktest", "--trace", "--workers=2", BLOCKS])
        .expect(COULD_NOT)
        .err("--trace: needs --workers 1");
}
