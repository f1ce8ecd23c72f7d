import { launchBrowser } from "../../gateway/test/support/browser.ts";
const url = "http://127.0.0.1:18977", N = `${url}/trunkline/v1`, sid = "AC0123456789abcdef0123456789abcdef", tok = "0123456789abcdef0123456789abcdef";
const H = { authorization: `Basic ${Buffer.from(`${sid}:${tok}`).toString("base64")}`, "content-type": "application/json" };
const call = async (m: string, p: string, b?: unknown) => { const r = await fetch(N + p, { method: m, headers: H, ...(b ? { body: JSON.stringify(b) } : {}) }); const t = await r.text(); if (!r.ok) console.log(m, p, r.status, t.slice(0, 300)); return t ? JSON.parse(t) : null; };
const { providers } = await call("GET", "/providers");
const sandbox = providers.find((p: any) => p.builtIn);
let tw = providers.find((p: any) => p.name === "Twilio main");
if (!tw) {
  const dead = await call("POST", "/providers", { name: "Twilio main", kind: "twilio", baseUrl: "http://127.0.0.1:9", accountSid: `AC${"1".repeat(32)}`, authToken: "a".repeat(32) });
  tw = dead;
  await call("PUT", `/accounts/${sid}/fallback-chain`, { providers: [dead.id, sandbox.id] });
  await call("POST", `/accounts/${sid}/incoming-hooks`, { platform: "zitadel", name: "ZITADEL", signingKey: null, unsigned: false });
}
for (let i = 0; i < 8; i++) await call("POST", "/messages", { to: `+120255501${40 + i}`, body: `Your code is ${i}` });
await call("POST", "/messages", { to: "+4915112345678", from: "ACME", body: "Hi" });
const browser = await launchBrowser();
await new Promise((r) => setTimeout(r, 9000));
console.log(JSON.stringify(await call("GET", "/provider-states")));
for (const [width, height, theme] of [[1280, 860, "light"], [390, 844, "dark"]] as const) {
  const context = await browser.newContext({ colorScheme: theme, locale: "en-US", viewport: { width, height }, reducedMotion: "reduce" });
  const page = await context.newPage();
  page.on("pageerror", (e) => console.log("pageerror", e.message));
  await page.goto(url);
  await page.getByText("Auth token", { exact: true }).click();
  await page.getByLabel("Account SID").fill(sid);
  await page.getByLabel("Auth token", { exact: true }).last().fill(tok);
  await page.keyboard.press("Enter");
  await page.waitForTimeout(2500);
  const shot = async (n: string) => { await page.waitForTimeout(900); const w = await page.evaluate("document.documentElement.scrollWidth"); console.log(n, width, w); await page.screenshot({ path: `/tmp/walkshots/${n}-${width}.png` }); };
  await shot("overview");
  await page.evaluate("document.querySelector('.overview-tables')?.scrollIntoView()"); await shot("overview2");
  await page.goto(`${url}/providers`); await shot("providers");
  if (width > 500 || true) { await page.getByRole("button", { name: "Add a provider" }).click(); await page.getByLabel("Place in the chain").click().catch(() => {}); await page.getByRole("option", { name: /First/ }).click().catch((e) => console.log(String(e).slice(0, 200))); await shot("form"); await page.keyboard.press("Escape"); }
  await page.goto(`${url}/providers/${tw.id}`); await shot("provider");
  await page.goto(`${url}/providers/recipes`); await page.getByRole("tab", { name: "ZITADEL" }).click(); await page.waitForTimeout(800); await page.screenshot({ path: `/tmp/walkshots/zitadel-${width}.png`, fullPage: true });
  await page.getByRole("tab", { name: "PingOne" }).click(); await page.waitForTimeout(500); await page.screenshot({ path: `/tmp/walkshots/pingone-${width}.png`, fullPage: true });
  await page.goto(`${url}/messages?q=202+555+0142`); await shot("search");
  await page.locator(".row-link").first().click(); await page.waitForTimeout(500); await shot("message");
  await page.getByRole("link", { name: "All messages" }).click(); await page.waitForTimeout(500); console.log("back at", page.url());
  await page.goto(`${url}/messages?q=ACME`); await shot("acme");
  await page.goto(`${url}/audit`); await page.waitForTimeout(800); await page.getByText("changed the fallback chain").first().click(); await shot("audit");
  await page.goto(`${url}/consent`); await page.getByRole("button", { name: "Record consent" }).click(); await shot("consent");
  await page.goto(`${url}/access`); await page.getByRole("tab", { name: "Keys" }).click(); await page.getByRole("button", { name: "New key" }).click(); await page.getByRole("button", { name: /Terraform/ }).click(); await shot("newkey");
  await context.close();
}
await browser.close();
