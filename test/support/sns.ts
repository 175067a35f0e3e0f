import { createSign, type KeyObject } from 'node:crypto';

/** A certificate like the ones that Amazon SNS signs with, valid from 2020 to 2120; it vouches for nothing but tests. */
export const SNS_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIICrjCCAZYCAQEwDQYJKoZIhvcNAQELBQAwHDEaMBgGA1UEAwwRc25zLmFtYXpv
bmF3cy5jb20wIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBwxGjAY
BgNVBAMMEXNucy5hbWF6b25hd3MuY29tMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A
MIIBCgKCAQEAm17incobwxZKcSIFstO5xgYwqAYfBzzMhJjiqPp1yqutIzDj5cfR
0NlvNgEruX+MaqxUp69o6PxwDoaYOnnBiCvUPTGhc4RdOj6JIGtxkc8Xa6gT4Egy
gw1GKYpSeClU66O7q9D7NDfMv0jmUfisNYgaGd29jXScGn7iMUztIkqGIWdSOHIL
g4JfHEk7tKQSJ2wUI4XLx7+5tN+QDp6S9LdRaeMdlrNO8sodD4ko74sx5DYWgT9K
1qgLviVln0rMpFJFx0eMLQwgriCJ2CJMuCp9e0smHSB7Vmz6xWP2qkuENTbusHW4
UPgnLgKSqYHULl1+z92qOduqjzttTk3SlwIDAQABMA0GCSqGSIb3DQEBCwUAA4IB
AQBGbNoQ+yIR4yXU7tB/sO5CCi1utUN/AiGHZ0N7pGBbadlMhAQ60IfI2fkglcY1
Az+wxj4RhTQH7ga/WcQ3X0Yt/dJb5N0rnVtVk4TSkfH5SWqILz1Wvf7hfSRWLD8b
OihUPS2PiJNIDDG1El8QzxPXheJVy4ADrC4x207hkutsBcRdAMtXX0ZN7NR9jjOb
VI0kNA8+38vavpw9C5006KFQapPKgNbJGPybasOQ6VqAtO8hO1eEAZhJKE6dNG6h
vra4gNasYyeKt6InRJNjVZ912KokxVuGEnhGzQDLLm8rn5Z4HCVQnNYhjugsVv+B
E2+dG55cZ/2IOpIT9s4+qbYu
-----END CERTIFICATE-----
`;

/** Its private key. */
export const SNS_KEY = `-----BEGIN PRIVATE KEY-----
MIIEuwIBADANBgkqhkiG9w0BAQEFAASCBKUwggShAgEAAoIBAQCbXuKdyhvDFkpx
IgWy07nGBjCoBh8HPMyEmOKo+nXKq60jMOPlx9HQ2W82ASu5f4xqrFSnr2jo/HAO
hpg6ecGIK9Q9MaFzhF06Pokga3GRzxdrqBPgSDKDDUYpilJ4KVTro7ur0Ps0N8y/
SOZR+Kw1iBoZ3b2NdJwafuIxTO0iSoYhZ1I4cguDgl8cSTu0pBInbBQjhcvHv7m0
35AOnpL0t1Fp4x2Ws07yyh0PiSjvizHkNhaBP0rWqAu+JWWfSsykUkXHR4wtDCCu
IInYIky4Kn17SyYdIHtWbPrFY/aqS4Q1Nu6wdbhQ+CcuApKpgdQuXX7P3ao526qP
O21OTdKXAgMBAAECgf9OshYWgJ2PMrsskmRQhO0+X+RFNtSAgKBr3lmakpcXEIhM
Ssx5QRIFDBzy6E+SpV15/8+Lyk0DtYO3LR/t073dkFWaqTNy+e2T6Bjh/Ynd+1w2
1es7WVY8YCd+4uY39rdh+IzAz25tWdYFt+bw81jxGal0GzGSHyjyQqekUP0gtdSG
VliyMN+sXvZ4rxIGN41u7qgxJcIHJIZow5m42BhsSRn4VATt8h2/guPMAg7OiURl
PT/5aAdvxYYWHpCZNAR2cwLM+lmhw47iws+6LPIyMKbEHp94hsHQeUhikQyGWCW1
U7D6SPQ+5GoR3gQGjccRVS3l23KDfcdoJLbITlkCgYEAyJ8CcvPUEJNvLrcHiz+V
yFL4BrN/Mer/3h8XGHrIoUAEdUv8sc0SyBPHYYNb6ySAd7+zbuTy5cc+5U4BL8op
HIHEBQzD+9SYfV5Tc0PLN4jcDEqja/+NflK93qfNttO+CsaaVsmiwho9E4Yj8Z4l
LBXwyFUyaaWK4X5n+7nAowsCgYEAxkI6WZu9wpwDdH2lTvoVDAA/OfFmH8SYmK+J
RUKrhzmKVq0s29BG73R557CS4Az+vEB3glXnCo2AQwRCg2MUoFeZKdwZT/bUAMuN
MUFyDTZG2JkWLW7iKxEMXjRCeOmE6IvyrFwDIzukDndFyBVs1ujS427ASbf5VsIB
7htsBiUCgYA4OMd463fchVS9JLHKhjE1iHrVdewJUzANUW0pgQ9EkSourPLN6QiA
ZXqUizlxNjOCW4ivZR3k4udvX2LZv6+xu3Pxblhl9HgfehWs0azbjVENaMVPeLhw
VEO9aA0wVTqGzo1mEO+5sZy4Iflktsr4BdYKbkXIcYnwE3qUgsPHbQKBgQCiZtXN
WVoT9CCQZ+vlyc07y2f/WtLA6xXk3MWhSn+fgW7kmW7JkM7Kj6rcMzPc/EgehOBg
j2V2q3qJaw/g+GSJA7ifJYBGlHYNQLAjzOxUDkXyX1RfWxlBFfH/qOdajE8m/pyG
u8iGL/CvONycjZBeatF1I9+3g1Bn1Pwnw6a1UQKBgAwrxpFP08bL/N7YA4UrB3OJ
uWzHbqRrO8nlh3fe6k8+TZgLV06X15nShC+BZb+r6BCh2/Xl4xUiE8pcdSLazOt5
9XivRw9io7qfIZFzGvBtegdjTYi3v8+IhYw8gPMZARhC4BQkws/G2mHSRu/MKgzb
tw6NlUS/OIIY0Lc3XMTW
-----END PRIVATE KEY-----
`;

export const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:ses-events';
export const CERTIFICATE_URL = 'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0000000000000001.pem';

export interface SnsMessage {
  readonly Type: string;
  readonly MessageId: string;
  readonly TopicArn: string;
  readonly Message: string;
  readonly Timestamp: string;
  readonly SignatureVersion: string;
  readonly SigningCertURL: string;
  readonly [more: string]: string;
}

/** A message of Amazon SNS, signed as Amazon signs it. */
export function signedBySns(message: Partial<SnsMessage> & { Timestamp: string }, key: string | KeyObject = SNS_KEY) {
  const all = {
    Type: 'Notification',
    MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
    TopicArn: TOPIC,
    Message: '',
    SignatureVersion: '1',
    SigningCertURL: CERTIFICATE_URL,
    ...message,
  } as SnsMessage;
  const names = all.Type === 'Notification' ? NOTIFICATION : CONFIRMATION;
  const text = names.map((name) => (all[name] === undefined ? '' : `${name}\n${all[name]}\n`)).join('');
  const sign = createSign(all.SignatureVersion === '2' ? 'sha256' : 'sha1');
  return { ...all, Signature: sign.update(text).sign(key, 'base64') };
}

const NOTIFICATION = ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'];
const CONFIRMATION = ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
