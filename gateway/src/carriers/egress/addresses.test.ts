import { describe, expect, it } from "vitest";
import { createAddressCheck } from "./addresses.ts";

const strict = createAddressCheck({ allow: [], allowLoopback: false });

describe("addresses that URLs may lead to", () => {
  it.each([
    "93.184.216.34",
    "8.8.8.8",
    "2606:4700:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
  ])("lets the public address %s through", (address) => expect(strict(address)).toBe(true));

  it.each([
    "10.0.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "0.1.2.3",
    "224.0.0.1",
    "255.255.255.255",
    "240.0.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "::",
    "::1",
    "[::1]",
    "::127.0.0.1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:a9fe:a9fe",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b:1::808:808",
    "2002:7f00:1::",
    "2002:c0a8:101::1",
    "2001:0:808:808::1",
    "2001:db8::1",
    "4000::1",
    "not an address",
    "",
  ])("refuses %s", (address) => expect(strict(address)).toBe(false));

  it("lets loopback through where the gateway itself is on loopback only, in its plain and mapped spelling", () => {
    const local = createAddressCheck({ allow: [], allowLoopback: true });
    for (const address of ["127.0.0.1", "::1", "::ffff:127.0.0.1"]) expect(local(address)).toBe(true);
    for (const address of ["64:ff9b::7f00:1", "2002:7f00:1::", "10.0.0.1", "0.0.0.0"]) {
      expect(local(address)).toBe(false);
    }
  });

  it("lets through what an operator's CIDR names, in every spelling, and nothing beside it", () => {
    const named = createAddressCheck({ allow: ["10.1.0.0/16", "fd00:aa::/32"], allowLoopback: false });
    for (const address of ["10.1.2.3", "::ffff:10.1.2.3", "fd00:aa::7"]) expect(named(address)).toBe(true);
    for (const address of ["10.2.0.1", "fd00:ab::7", "127.0.0.1"]) expect(named(address)).toBe(false);
  });

  it("does not start with a CIDR that it cannot read", () => {
    expect(() => createAddressCheck({ allow: ["10.0.0.0/99"], allowLoopback: false })).toThrow();
  });
});
