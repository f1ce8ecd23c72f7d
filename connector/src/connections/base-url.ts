// The field by which a connection goes to a Trunkline gateway instead of Twilio.

export const apiBaseUrl = {
  label: "API Base URL",
  type: "string",
  required: false,
  default: "https://api.twilio.com",
  placeholder: "https://api.twilio.com",
  comments:
    "The server to talk to: give your Trunkline gateway's address to send through it. For a region of Twilio's give its address, such as https://api.dublin.ie1.twilio.com.",
  example: "https://sms.example.com",
} as const;
