// One more TLS certificate for localhost and 127.0.0.1, signed by itself, with its key: to be renewed to. Good for nothing else;
// valid for a hundred years.

export const otherTestCertificate = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUN79NkpciCGH/Ove/PkCtXVt1P0swCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMDE5MTUxMFoYDzIxMjYxMDI3
MTkxNTEwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATJl+mx+jU0H1SP6N2qbLfTBdDDC05FULLc3YjijCTUOS2gi+Wg6sZj
kt9sgPzedV7nfxHkiBY1bQg7da8g/IFqo28wbTAdBgNVHQ4EFgQU7ApkOrRALJwl
E1yyS5JqYtWN5NQwHwYDVR0jBBgwFoAU7ApkOrRALJwlE1yyS5JqYtWN5NQwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIhAMWiiI9x2LV3hg22727Dsf+W8B/qb9CjM38NWU1aesumAiBY
vUw0q40n2SEoCb1yFTG2J4EqNf7hZlma5bx6m/hkeQ==
-----END CERTIFICATE-----`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg/0d8y+b+CL7toC40
QScVXzBBN7vs0HiLEa8muNhS6z6hRANCAATJl+mx+jU0H1SP6N2qbLfTBdDDC05F
ULLc3YjijCTUOS2gi+Wg6sZjkt9sgPzedV7nfxHkiBY1bQg7da8g/IFq
-----END PRIVATE KEY-----`,
} as const;
