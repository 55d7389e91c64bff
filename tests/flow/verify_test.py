#!/usr/bin/env python3
"""verify finds what was tampered with, and nothing else."""
import json
import os
import pathlib
import shutil

from flow import footage, main, packs, run


def evidence():
    """Three packs of one camera: a chain with a first, a middle and a last link."""
    os.mkdir("in")
    shutil.copy(footage("two"), "in/cam01_20261123081500.mp4")
    shutil.copy(footage("one"), "in/cam01_20261123082000.mp4")
    run("scan", "--quiet", "in")
    found = packs("evidence")
    assert len(found) == 3, found
    return found


def expect(word, folder="evidence", *options):
    result = run("verify", *options, folder, rc=1)
    assert word in result.stderr, result.stderr


def untouched():
    evidence()
    assert "3 packs" in run("verify", "evidence").stdout
    shutil.copytree("evidence", "elsewhere")
    run("verify", "elsewhere")  # a copy is as good


def changed_picture():
    pack = evidence()[1]
    data = bytearray((pack / "panorama-1.jpg").read_bytes())
    data[len(data) // 2] ^= 1
    (pack / "panorama-1.jpg").write_bytes(data)
    expect("panorama-1.jpg")


def edited_record():
    pack = evidence()[1]
    record = json.loads((pack / "record.json").read_text())
    record["smoke"]["ringelmann"] = 4.9
    (pack / "record.json").write_text(json.dumps(record, ensure_ascii=False))
    expect("record.json")


def edited_record_and_sums():
    import hashlib
    pack = evidence()[1]
    text = (pack / "record.json").read_text().replace("cam01", "cam02")
    (pack / "record.json").write_text(text)
    lines = (pack / "SHA256SUMS").read_text().splitlines()
    digest = hashlib.sha256(text.encode()).hexdigest()
    lines = [digest + line[64:] if line.endswith("record.json") else line for line in lines]
    (pack / "SHA256SUMS").write_text("\n".join(lines) + "\n")
    expect(pack.name)


def deleted_file():
    (evidence()[0] / "clip.mp4").unlink()
    expect("clip.mp4")


def added_file():
    (evidence()[0] / "extra.jpg").write_bytes(b"x")
    expect("extra.jpg")


def removed_pack_in_the_middle():
    pack = evidence()[1]
    shutil.rmtree(pack)
    expect("cam01")


def removed_tail():
    pack = evidence()[2]
    shutil.rmtree(pack)
    expect("cam01")


def removed_tail_and_older_head():
    """The head of the chain as it stood before the last pack does not hide that pack."""
    os.mkdir("in")
    shutil.copy(footage("two"), "in/cam01_20261123081500.mp4")
    run("scan", "--quiet", "in")
    head = pathlib.Path("evidence/chain/cam01.json").read_bytes()
    shutil.copy(footage("one"), "in/cam01_20261123082000.mp4")
    run("scan", "--quiet", "in")
    pathlib.Path("evidence/chain/cam01.json").write_bytes(head)
    expect("cam01")


def forged_with_another_key():
    evidence()
    # The forger makes the evidence anew on another installation and puts his packs in place.
    os.environ["HEIYAN_STATE"] = os.path.abspath("forger")
    run("scan", "--quiet", "-o", "forged", "in")
    os.environ["HEIYAN_STATE"] = os.path.abspath("state")
    shutil.rmtree("evidence/2026-11-23")
    shutil.copytree("forged/2026-11-23", "evidence/2026-11-23")
    expect("cam01")
    # Even when all of it, key and chain included, is the forger's: this machine's key is the one that counts.
    expect("cam01", "forged")
    result = run("verify", "--key", "forged/heiyan.pub", "forged")
    assert "key given" in result.stdout, result.stdout


def fallback_to_the_folders_key_is_said():
    evidence()
    os.environ["HEIYAN_STATE"] = os.path.abspath("nobody")
    result = run("verify", "evidence")
    assert "own key" in result.stdout, result.stdout
    assert not os.path.exists("nobody"), "verify makes no keys"


def edited_verdict():
    """A verdict nobody signed is found."""
    pack = evidence()[0]
    (pack / "verdicts.jsonl").write_text('{"verdict":"confirmed","by":"mallory"}\n')
    expect("verdicts.jsonl")


main("verify", [untouched, changed_picture, edited_record, edited_record_and_sums, deleted_file, added_file,
                removed_pack_in_the_middle, removed_tail, removed_tail_and_older_head,
                forged_with_another_key, fallback_to_the_folders_key_is_said, edited_verdict])
