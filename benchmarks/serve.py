"""Does the page's server hold under load, and does its memory stay flat?

    python benchmarks/serve.py results/model.viewcast results/demo/pictures

starts `viewcast serve`, sends 50 uploads at once and then 500 in a row, each again after the pause that a 503 asks for,
and prints how many were answered, how long they took, and what memory the server held before and after.
"""

from __future__ import annotations

import argparse
import http.client
import statistics
import subprocess
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

AT_ONCE, IN_A_ROW = 50, 500


def memory(pid: int) -> float:
    """Resident memory of a process in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def upload(port: int, data: bytes, path: str = "/api/score") -> tuple[int, float, int]:
    """Send a photo until it is taken: the status, the seconds until the answer, and how often it was sent."""
    edge = uuid.uuid4().hex
    head = f'--{edge}\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n'
    body = head.encode() + data + f"\r\n--{edge}--\r\n".encode()
    start, tries = time.perf_counter(), 0
    while True:
        tries += 1
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        connection.request("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={edge}"})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        if answer.status != 503:
            return answer.status, time.perf_counter() - start, tries
        time.sleep(float(answer.getheader("Retry-After") or 1))


def main() -> None:
    """Print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("pictures", type=Path)
    given = parser.parse_args()
    photos = [path.read_bytes() for path in sorted(given.pictures.glob("*.jpg"))[:100]]
    command = [sys.executable, "-m", "viewcast.cli.commands", "serve", "--model", str(given.model), "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline().split("127.0.0.1:")[1].split()[0])
        time.sleep(1)
        upload(port, photos[0])
        print(f"memory after the first photo: {memory(server.pid):.0f} MiB")
        start = time.perf_counter()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            done = list(pool.map(lambda k: upload(port, photos[k % len(photos)]), range(AT_ONCE)))
        print(
            f"{AT_ONCE} at once: {sum(status == 200 for status, _, _ in done)} answered in "
            f"{time.perf_counter() - start:.1f} s, the longest wait {max(wait for _, wait, _ in done):.1f} s, sent "
            f"{sum(tries for _, _, tries in done)} times; memory {memory(server.pid):.0f} MiB"
        )
        for part in range(5):
            done = [upload(port, photos[k % len(photos)]) for k in range(IN_A_ROW // 5)]
            seconds = statistics.median(wait for _, wait, _ in done)
            print(
                f"in a row, {(part + 1) * IN_A_ROW // 5}: {sum(status == 200 for status, _, _ in done)} of {len(done)} "
                f"answered, median {1000 * seconds:.0f} ms; memory {memory(server.pid):.0f} MiB"
            )
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
