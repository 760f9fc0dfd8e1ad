"""Jobs in Python: `python3 main.py` with ROTA_URL and ROTA_TOKEN in the environment."""
import os

from rota_worker import NonRetryable, Snooze, Worker

worker = Worker(os.environ.get("ROTA_URL", "http://127.0.0.1:4480"), os.environ["ROTA_TOKEN"], lanes={"default": 4})


@worker.job("word-count", retries=5, timeout="1m")
def word_count(input, ctx):
    text = input.get("text")
    if not isinstance(text, str):
        raise NonRetryable("text: it is missing")
    if text == "":
        raise Snooze("10s")
    words = text.split()
    ctx.log.info("counted", {"words": len(words)})
    ctx.progress(100)
    return {"words": len(words), "attempt": ctx.attempt}


if __name__ == "__main__":
    worker.run()
