// What a container's health check runs: asks the operators' port of its own process. Node, because the image has nothing
// else that could.
const [path = '/healthz'] = process.argv.slice(2);
const { OPS_PORT = '9464' } = process.env;
try {
  const { ok } = await fetch(`http://127.0.0.1:${OPS_PORT}${path}`, { signal: AbortSignal.timeout(3_000) });
  process.exitCode = ok ? 0 : 1;
} catch {
  process.exitCode = 1;
}
