// STOP, START and HELP in several languages: the words that are known, and the replies to them. A table of facts. A word
// stands here only if it is nobody's everyday answer, in any of these languages: no yes and no, no "end", no "enough".

import type { Keyword } from "./keyword.ts";

export const languages = ["en", "es", "fr", "de", "pt", "it", "nl", "pl"] as const;
export type Language = (typeof languages)[number];

export interface KeywordLanguage {
  readonly words: Readonly<Record<Keyword, readonly string[]>>;
  readonly replies: Readonly<Record<Keyword, string>>;
}

/** What carriers and subscribers take for granted, whatever the language (CTIA conventions, Twilio's default sets). */
export const english: KeywordLanguage = {
  words: {
    STOP: ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"],
    START: ["START", "YES", "UNSTOP"],
    HELP: ["HELP", "INFO"],
  },
  replies: {
    STOP: "You have successfully been unsubscribed. You will not receive any more messages from this number. Reply START to resubscribe.",
    START:
      "You have successfully been re-subscribed to messages from this number. Reply HELP for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
    HELP: "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
  },
};

export const keywordLanguages: Readonly<Record<Language, KeywordLanguage>> = {
  en: english,
  es: {
    words: {
      STOP: ["BAJA", "PARAR", "DESUSCRIBIR", "DESUSCRIBIRME"],
      START: ["REANUDAR", "SUSCRIBIR", "SUSCRIBIRME"],
      HELP: ["AYUDA"],
    },
    replies: {
      STOP: "Te has dado de baja y ya no te llegan mensajes de este remitente. Responde START para volver a recibirlos.",
      START: "Vuelves a recibir mensajes de este remitente. Responde HELP para ayuda o STOP para darte de baja.",
      HELP: "Responde STOP para darte de baja. Tu operador puede cobrar por los mensajes.",
    },
  },
  fr: {
    words: {
      STOP: ["ARRET", "ARRÊT", "DESABONNER", "DÉSABONNER", "DESINSCRIRE", "DÉSINSCRIRE"],
      START: ["REPRENDRE", "REABONNER", "RÉABONNER", "REINSCRIRE", "RÉINSCRIRE"],
      HELP: ["AIDE"],
    },
    replies: {
      STOP: "Vous ne recevrez plus de messages de cet expéditeur. Répondez START pour les recevoir de nouveau.",
      START:
        "Vous recevez de nouveau les messages de cet expéditeur. Répondez HELP pour obtenir de l'aide, STOP pour arrêter.",
      HELP: "Répondez STOP pour ne plus recevoir de messages. Votre opérateur peut facturer les SMS.",
    },
  },
  de: {
    words: {
      STOP: ["STOPP", "ABMELDEN", "ABBESTELLEN"],
      START: ["FORTSETZEN", "WIEDERANMELDEN"],
      HELP: ["HILFE"],
    },
    replies: {
      STOP: "Sie sind abgemeldet und erhalten keine Nachrichten mehr von diesem Absender. Mit START melden Sie sich wieder an.",
      START: "Sie erhalten wieder Nachrichten von diesem Absender. HELP: Hilfe. STOP: abmelden.",
      HELP: "Antworten Sie mit STOP, um sich abzumelden. Es können Kosten Ihres Anbieters anfallen.",
    },
  },
  pt: {
    words: {
      STOP: ["PARAR", "SAIR", "DESCADASTRAR", "DESINSCREVER"],
      START: ["REATIVAR", "RECADASTRAR", "REINSCREVER"],
      HELP: ["AJUDA"],
    },
    replies: {
      STOP: "Cancelamos o envio de mensagens deste remetente. Responda START para voltar a receber.",
      START: "O envio de mensagens deste remetente foi retomado. Responda HELP para ajuda ou STOP para parar.",
      HELP: "Responda STOP para parar de receber mensagens. Sua operadora pode cobrar pelas mensagens.",
    },
  },
  it: {
    words: {
      STOP: ["DISISCRIVI", "DISISCRIVIMI", "CANCELLAMI"],
      START: ["RIATTIVA", "REISCRIVIMI"],
      HELP: ["AIUTO"],
    },
    replies: {
      STOP: "Iscrizione annullata: non riceverai altri messaggi da questo mittente. Rispondi START per riceverli di nuovo.",
      START: "Riceverai di nuovo i messaggi di questo mittente. Rispondi HELP per assistenza o STOP per annullare.",
      HELP: "Rispondi STOP per non ricevere altri messaggi. Il tuo operatore può applicare costi.",
    },
  },
  nl: {
    words: {
      STOP: ["STOPPEN", "AFMELDEN", "UITSCHRIJVEN"],
      START: ["HERVATTEN", "HERINSCHRIJVEN"],
      HELP: ["HULP"],
    },
    replies: {
      STOP: "U bent afgemeld en ontvangt geen berichten meer van deze afzender. Antwoord START om ze weer te ontvangen.",
      START: "U ontvangt weer berichten van deze afzender. Antwoord HELP voor hulp of STOP om u af te melden.",
      HELP: "Antwoord STOP om u af te melden. Uw provider kan kosten rekenen.",
    },
  },
  pl: {
    words: {
      STOP: ["REZYGNUJE", "REZYGNUJĘ", "WYPISZ", "ZATRZYMAJ"],
      START: ["WZNOW", "WZNÓW", "PRZYWROC", "PRZYWRÓĆ"],
      HELP: ["POMOC"],
    },
    replies: {
      STOP: "Nie otrzymasz więcej wiadomości od tego nadawcy. Odpisz START, aby je przywrócić.",
      START: "Wiadomości od tego nadawcy są znów włączone. Odpisz HELP po pomoc lub STOP, aby zrezygnować.",
      HELP: "Odpisz STOP, aby zrezygnować. Operator może naliczyć opłatę.",
    },
  },
};

/** Toll-free opt-out is done by the carrier network, with words and replies of its own. */
export const tollFreeNetwork = {
  start: ["START", "UNSTOP"],
  replies: {
    STOP: 'NETWORK MSG: You replied with the word "stop" which blocks all texts sent from this number. Text back "unstop" to receive messages again.',
    START: 'NETWORK MSG: You have replied "unstop" and will begin receiving messages again from this number.',
  },
} as const;
