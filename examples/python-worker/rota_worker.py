"""A worker for Rota in Python, in one file and with nothing but the standard library (3.11 or newer).

    worker = Worker("http://127.0.0.1:4480", token, lanes={"default": 4})

    @worker.job("resize", retries=5, timeout="2m")
    def resize(input, ctx):
        ctx.log.info("begun", {"width": input["width"]})
        ctx.progress(50)
        return {"done": True}

    worker.run()  # until SIGTERM or SIGINT

A handler that raises is tried again; `NonRetryable` fails for good, `Snooze` runs again later and uses no try. A thread cannot be ended
from outside, so a handler that takes long looks at `ctx.cancelled` now and then: it is true when somebody cancelled the job, when its
timeout is over, when the worker stops, and when its lease is lost. What the protocol is: docs/guides/remote-workers.md.
"""
import json, random, signal, sys, threading, time, traceback, urllib.error, urllib.request

LONG_POLL, TICK, LOOK, CALL = 20, 0.25, 1, 15  # seconds
LOST = ("lease_lost", "worker_not_found")
UNFIT = (TypeError, ValueError, RecursionError)  # what `json.dumps` says of a value that JSON cannot hold


class NonRetryable(Exception):
    """Fails the job whatever retries are left."""


class Snooze(Exception):
    """Run it again later: Snooze("5m"), or milliseconds."""

    def __init__(self, delay):
        super().__init__(f"again in {delay}")
        self.delay = delay


class Refused(Exception):
    """What the server said no to."""

    def __init__(self, status, problem):
        super().__init__(problem.get("detail", f"HTTP {status}"))
        self.status, self.code = status, problem.get("code", "")


def cut(text, most):
    """Lengths count as in JavaScript, where an emoji is two characters."""
    return str(text).encode("utf-16-le", "surrogatepass")[:2 * most].decode("utf-16-le", "replace")


def plain(value):
    """As JSON that every reader reads the same; what has no such form becomes text."""
    try:
        text = json.dumps(value, allow_nan=False)
        exact = lambda number: int(number) if abs(int(number)) < 2**53 else number
        return json.loads(text, parse_int=exact) if len(text) <= 8000 else text[:8000]
    except UNFIT:
        pass
    try:
        return cut(value, 8000)
    except Exception:
        return "(a value that cannot be read)"


class Context:
    """What a handler gets beside its input: the fields of the claimed job, logs, progress, and whether to end."""

    def __init__(self, job):
        self.job, self.id, self.attempt, self.fence = job, job["id"], job["attempt"], job["fence"]
        self.metadata, self.reason = job["metadata"], None
        self._ending, self._over, self._lock = threading.Event(), False, threading.Lock()
        self._lines, self._said, self._progress = [], 0, None
        self.log = self

    @property
    def cancelled(self):
        return self._ending.is_set()

    def wait(self, seconds):
        """Sleeps, but not longer than until the job is to end; true when it is."""
        return self._ending.wait(seconds)

    def progress(self, percent, message=None):
        try:
            percent = float(percent)
        except UNFIT:
            return
        if percent == percent:  # not NaN
            percent = min(100.0, max(0.0, percent))
            self._progress = {"percent": percent, **({} if message is None else {"message": cut(message, 8000)})}

    def debug(self, message, data=None): self._say("debug", message, data)
    def info(self, message, data=None): self._say("info", message, data)
    def warn(self, message, data=None): self._say("warn", message, data)
    def error(self, message, data=None): self._say("error", message, data)

    def _say(self, level, message, data):
        with self._lock:
            if self._said >= 10_000:
                return
            line = {"seq": self._said, "level": level, "message": cut(message, 8000), "_at": time.monotonic()}
            if data is not None:
                line["data"] = plain(data)
            line["_size"] = len(json.dumps(line))
            self._lines.append(line)
            self._said += 1

    def _told(self):
        """What is not sent yet, as much as one call takes. `forget` takes away what was."""
        with self._lock:
            lines, size = [], 0
            for line in self._lines[:1000]:
                size += line["_size"]
                if lines and size > 1_000_000:
                    break
                lines.append(line)
            progress = self._progress
        now = time.monotonic()
        shown = [{**{k: v for k, v in line.items() if k[0] != "_"}, "ago": (now - line["_at"]) * 1000} for line in lines]
        return {**({"logs": shown} if shown else {}), **({"progress": progress} if progress else {})}

    def _needs_more(self):
        """What is not sent yet does not fit into one call."""
        return len(self._told().get("logs", [])) < len(self._lines)

    def _forget(self, told):
        with self._lock:
            last = told["logs"][-1]["seq"] if "logs" in told else -1
            self._lines = [line for line in self._lines if line["seq"] > last]
            if self._progress is told.get("progress"):
                self._progress = None


class Worker:
    def __init__(self, url, token, lanes, name="python worker", lease=30, grace=30):
        self._url, self._token, self._lanes, self._name = url.rstrip("/") + "/api/workers", token, lanes, name
        self._lease, self._grace, self._jobs, self._handlers = lease, grace, [], {}
        self._running, self._lock, self._draining = {}, threading.Lock(), threading.Event()
        self._worker, self._own, self._renewed, self._unknown = None, None, 0.0, set()

    def job(self, id, **options):
        """Registers a handler: `retries`, `timeout`, `lane`, `priority` … as a definition has them."""
        def register(handler):
            self._handlers[id] = handler
            self._jobs.append({"id": id, **options})
            return handler
        return register

    def run(self):
        """Works until SIGTERM or SIGINT, then lets running jobs end within the grace and gives back the rest."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop())
        self._register()
        for lane, slots in [*self._lanes.items(), (None, max(self._lanes.values()))]:  # None: its own lane
            threading.Thread(target=self._serve, args=(lane, slots), daemon=True).start()
        pulse = threading.Thread(target=self._pulse, daemon=True)
        pulse.start()
        while not self._draining.wait(0.2):
            pass
        self._wait_for_running(self._grace)
        for ctx in self._all():
            ctx._ending.set()
        self._wait_for_running(1)
        for ctx in self._all():
            self._end(ctx, "release", {"started": True})
        try:
            self._call("DELETE", f"/{self._worker}")
        except (Refused, OSError):
            pass  # then the lease runs out

    def stop(self):
        self._draining.set()

    # --- the server

    def _call(self, method, path, body=None, timeout=CALL):
        headers = {"authorization": f"Bearer {self._token}", "content-type": "application/json"}
        data = None if body is None else json.dumps(body, allow_nan=False).encode()
        request = urllib.request.Request(self._url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            try:
                problem = json.loads(error.read())
            except ValueError:
                problem = {}
            if error.code in (429, 502, 503, 504) or "code" not in problem:
                raise OSError(f"HTTP {error.code}") from None  # a proxy, or a server that is not ready
            raise Refused(error.code, problem) from None

    def _register(self):
        body = {"name": self._name, "lanes": self._lanes, "jobs": self._jobs, "lease": self._lease * 1000}
        asked = time.monotonic()
        told = self._again(lambda: self._call("POST", "", body))
        self._worker, self._own, self._renewed = told["worker"], told["ownLane"], asked
        print(f"rota: worker {told['id']} runs {', '.join(self._handlers)}", file=sys.stderr, flush=True)

    def _again(self, call, useful=lambda: True):
        """Until the server answers; after a pause that grows, while it is of any use."""
        pause = 0.1
        while True:
            try:
                return call()
            except OSError as error:
                if not useful():
                    raise
                print(f"rota: {error}", file=sys.stderr, flush=True)
                time.sleep(pause * random.uniform(0.5, 1))
                pause = min(pause * 2, 5)

    # --- one thread for each lane claims

    def _serve(self, lane, slots):
        free = threading.Semaphore(slots)
        while not self._draining.is_set():
            free.acquire()
            room = 1
            while room < slots and free.acquire(blocking=False):
                room += 1
            jobs = self._claim(lane, room)
            for _ in range(room - len(jobs)):
                free.release()
            for job in jobs:
                threading.Thread(target=self._run, args=(job, free), daemon=True).start()

    def _claim(self, lane, room):
        worker = self._worker
        lanes = {self._own: room} if lane is None else {lane: room, self._own: 0}
        try:
            body = {"lanes": lanes, "wait": LONG_POLL * 1000}
            jobs = self._call("POST", f"/{worker}/claim", body, LONG_POLL + CALL)["jobs"]
        except (Refused, OSError) as error:
            if not (isinstance(error, Refused) and error.code == "worker_not_found"):
                print(f"rota: claim: {error}", file=sys.stderr, flush=True)
            time.sleep(1)
            return []
        contexts = [Context(job) for job in jobs]
        with self._lock:
            ours = worker == self._worker
            if ours:
                self._running.update({(ctx.id, ctx.fence): ctx for ctx in contexts})
        return contexts if ours else []

    # --- one thread for each job runs

    def _run(self, ctx, free):
        timer = threading.Timer(ctx.job["timeout"] / 1000, self._time_out, [ctx])
        timer.daemon = True
        timer.start()
        try:
            if self._draining.is_set():
                self._end(ctx, "release", {})
            else:
                result = self._handlers[ctx.job["job"]](ctx.job.get("input"), ctx)
                self._end(ctx, "complete", {"output": result, **({"late": True} if ctx.reason == "late" else {})})
        except Snooze as snooze:
            self._end(ctx, "release", {"in": snooze.delay})
        except BaseException as error:
            self._fail(ctx, error)
        finally:
            timer.cancel()
            free.release()

    def _fail(self, ctx, error):
        if ctx.cancelled and ctx.reason is not None:
            return self._end(ctx, "release", {"cancelled": ctx.reason})
        if ctx.cancelled:
            return self._end(ctx, "release", {"started": True})
        stack = cut("".join(traceback.format_exception(error))[-20_000:], 40_000)
        told = {"name": cut(type(error).__name__, 200), "message": cut(error, 20_000), "stack": stack}
        self._end(ctx, "fail", {"error": told, "retryable": not isinstance(error, NonRetryable)})

    def _time_out(self, ctx):
        if ctx.job["onTimeout"] == "mark":
            ctx.reason = "late"
            return
        message = f"The handler ran longer than its timeout of {ctx.job['timeout']} ms."
        ctx._ending.set()
        self._end(ctx, "fail", {"error": {"name": "TimeoutError", "message": message}, "reason": "timed_out"})

    def _end(self, ctx, verb, outcome):
        """Tells the outcome, once: a handler may go on after its timeout. Told again it gets the same answer, so it may be repeated."""
        with ctx._lock:
            if ctx._over:
                return
            ctx._over = True
        while ctx._needs_more() and self._send(ctx):
            pass
        at = {"job": ctx.id, "fence": ctx.fence}
        tries = [(verb, {**outcome, **ctx._told()}), (verb, outcome)]  # a line that is refused takes no outcome with it
        useful = lambda: (ctx.id, ctx.fence) in self._running
        try:
            while tries:
                verb, body = tries.pop(0)
                try:
                    return self._again(lambda: self._call("POST", f"/{self._worker}/{verb}", {**at, **body}), useful)
                except (Refused, *UNFIT) as error:
                    if isinstance(error, Refused) and error.code in LOST:
                        return
                    if not tries and body.get("reason") != "result_not_storable":
                        told = {"name": type(error).__name__, "message": cut(f"Its outcome cannot be stored. {error}", 20_000)}
                        tries = [("fail", {"error": told, "reason": "result_not_storable", "retryable": False})]
        except OSError:
            pass  # the lease is lost, and somebody else has the job
        finally:
            with self._lock:
                self._running.pop((ctx.id, ctx.fence), None)

    # --- one thread keeps the lease, hears of cancels, and sends logs

    def _pulse(self):
        looked = 0.0
        while True:
            time.sleep(TICK)
            for ctx in self._all():
                if not ctx._over:
                    self._send(ctx)
            now = time.monotonic()
            renew = now - self._renewed > self._lease / 3
            if now - self._renewed > self._lease:
                self._lose()
            elif renew or (self._running and now - looked > LOOK):
                looked = now
                self._beat(now, renew)

    def _beat(self, now, renew):
        try:
            told = self._call("POST", f"/{self._worker}/heartbeat", {"renew": renew, "held": renew}, self._lease / 3)
        except Refused as error:
            return self._lose() if error.code == "worker_not_found" else None
        except OSError:
            return None
        for one in told["cancel"]:
            ctx = self._running.get((one["job"], one["fence"]))
            if ctx is not None and not ctx.cancelled:
                ctx.reason = one["reason"]
                ctx._ending.set()
        if renew:
            self._renewed = now
            self._give_back_unknown(told["held"])

    def _give_back_unknown(self, held):
        """The answer to a claim may have been lost. What is unknown twice is in nobody's hands."""
        with self._lock:
            unknown = {(one["id"], one["fence"]) for one in held} - self._running.keys()
        for job, fence in unknown & self._unknown:
            try:
                self._call("POST", f"/{self._worker}/release", {"job": job, "fence": fence})
            except (Refused, OSError):
                pass
        self._unknown = unknown

    def _send(self, ctx):
        """True when something is off our hands."""
        told = ctx._told()
        if not told:
            return False
        at = {"job": ctx.id, "fence": ctx.fence}
        try:
            if "logs" in told:
                self._call("POST", f"/{self._worker}/log", {**at, "lines": told["logs"]})
            if "progress" in told:
                self._call("POST", f"/{self._worker}/progress", {**at, **told["progress"]})
        except OSError:
            return False  # later, or with the outcome
        except (Refused, *UNFIT):
            pass
        ctx._forget(told)
        return True

    def _lose(self):
        """Others may start our jobs from now on: nothing of them is told any more, and we begin anew."""
        with self._lock:
            lost, self._running = self._running, {}
        for ctx in lost.values():
            ctx._over = True
            ctx._ending.set()
        self._register()

    # --- the rest

    def _all(self):
        with self._lock:
            return list(self._running.values())

    def _wait_for_running(self, seconds):
        end = time.monotonic() + seconds
        while self._running and time.monotonic() < end:
            time.sleep(0.05)
