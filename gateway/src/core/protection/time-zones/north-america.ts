// Time zones of North American area codes and of ZIP codes: tables of facts. Where a zone border runs through an area it
// has the zones of both sides. New area codes that are missing here count as anywhere in their country.

type Zones = readonly string[];

const eastern = ["America/New_York"];
const central = ["America/Chicago"];
const mountain = ["America/Denver"];
const pacific = ["America/Los_Angeles"];
const easternOrCentral = [...eastern, ...central];
const centralOrMountain = [...central, ...mountain];
const mountainOrPacific = [...mountain, ...pacific];
const arizona = ["America/Phoenix"];
/** The Navajo Nation changes its clocks, the rest of Arizona does not. */
const arizonaOrNavajo = [...arizona, ...mountain];
const alaska = ["America/Anchorage", "America/Adak"];
const hawaii = ["Pacific/Honolulu"];

const areaCodes: readonly (readonly [Zones, string])[] = [
  [
    eastern,
    `201 202 203 207 212 215 216 220 223 227 229 231 234 239 240 248 252 260 267 269 272 276 283 301 302 304 305 313 315
     317 321 324 326 329 330 332 336 339 347 351 352 363 380 386 401 404 407 410 412 413 419 434 436 440 443 445 463 470
     472 475 478 484 502 508 513 516 517 518 540 551 561 567 570 571 582 585 586 603 607 609 610 614 616 617 624 631 640
     645 646 656 667 678 680 681 686 689 703 704 706 716 717 718 724 727 728 732 734 740 743 754 757 762 765 770 771 772
     774 781 786 802 803 804 810 813 814 821 826 828 835 838 839 843 845 848 854 856 857 859 860 862 863 864 865 878 904
     908 910 912 914 917 919 929 934 937 941 943 947 948 954 959 973 978 980 984 989`,
  ],
  [easternOrCentral, "219 270 364 423 448 574 606 812 850 906 930 931"],
  [
    central,
    `205 210 214 217 218 224 225 228 251 254 256 262 274 281 309 312 314 316 318 319 320 325 331 334 337 346 353 361 402
     405 409 414 417 430 432 447 464 469 479 501 504 507 512 515 531 534 539 557 563 572 573 580 601 608 612 615 618 629
     630 636 641 651 659 660 662 682 708 712 713 715 726 730 731 737 763 769 773 779 806 815 816 817 830 832 847 861 870
     872 901 903 913 918 920 936 938 940 945 952 956 972 975 979 985`,
  ],
  [centralOrMountain, "308 605 620 701 785"],
  [mountain, "303 307 385 406 435 505 575 719 720 801 915 970 983"],
  [arizona, "480 520 602 623"],
  [arizonaOrNavajo, "928"],
  [mountainOrPacific, "208 458 541 775 986"],
  [
    pacific,
    `206 209 213 253 279 310 323 341 350 360 369 408 415 424 425 442 503 509 510 530 559 562 564 619 626 628 650 657 661
     669 702 707 714 725 738 747 760 805 818 820 831 840 858 909 916 925 949 951 971`,
  ],
  [alaska, "907"],
  [hawaii, "808"],
  // Canada
  [["America/St_Johns", "America/Goose_Bay"], "709 879"],
  [["America/Halifax"], "428 506 782 902"],
  [["America/Toronto", "America/Halifax"], "367 418 581"],
  [
    ["America/Toronto"],
    "226 249 263 289 343 354 365 382 416 437 438 450 468 514 519 548 579 613 647 683 705 742 753 819 873 905 942",
  ],
  [["America/Toronto", "America/Winnipeg"], "807"],
  [["America/Winnipeg"], "204 431 584"],
  [["America/Regina", "America/Edmonton"], "306 474 639"],
  [["America/Edmonton"], "368 403 587 780 825"],
  [["America/Vancouver"], "604"],
  [["America/Vancouver", "America/Edmonton"], "236 250 257 672 778"],
  [["America/Whitehorse", "America/Edmonton", "America/Winnipeg", "America/Toronto"], "867"],
];

/** `202` → the zones of Washington, D.C. */
export const areaCodeZones: ReadonlyMap<string, Zones> = new Map(
  areaCodes.flatMap(([zones, codes]) => codes.split(/\s+/).map((code) => [code, zones] as const)),
);

/** By the first three digits of the ZIP code; what lies between (military mail, territories) is left out. */
const zipRanges: readonly (readonly [first: number, last: number, Zones])[] = [
  [10, 89, eastern],
  [100, 323, eastern],
  [324, 324, easternOrCentral],
  [325, 325, central],
  [326, 339, eastern],
  [341, 349, eastern],
  [350, 369, central],
  [370, 372, central],
  [373, 374, easternOrCentral],
  [376, 378, easternOrCentral],
  [379, 379, eastern],
  [380, 397, central],
  [398, 399, eastern],
  [400, 418, eastern],
  [420, 424, central],
  [425, 427, easternOrCentral],
  [430, 462, eastern],
  [463, 464, central],
  [465, 466, easternOrCentral],
  [467, 474, eastern],
  [475, 475, easternOrCentral],
  [476, 477, central],
  [478, 478, eastern],
  [479, 479, easternOrCentral],
  [480, 497, eastern],
  [498, 499, easternOrCentral],
  [500, 574, central],
  [575, 576, centralOrMountain],
  [577, 577, mountain],
  [580, 584, central],
  [585, 588, centralOrMountain],
  [590, 599, mountain],
  [600, 676, central],
  [677, 679, centralOrMountain],
  [680, 689, central],
  [690, 693, centralOrMountain],
  [700, 797, central],
  [798, 799, centralOrMountain],
  [800, 834, mountain],
  [835, 835, mountainOrPacific],
  [836, 837, mountain],
  [838, 838, pacific],
  [840, 847, mountain],
  [850, 859, arizona],
  [860, 865, arizonaOrNavajo],
  [870, 885, mountain],
  [889, 897, pacific],
  [898, 898, mountainOrPacific],
  [900, 961, pacific],
  [967, 968, hawaii],
  [970, 978, pacific],
  [979, 979, mountainOrPacific],
  [980, 994, pacific],
  [995, 999, alaska],
];

/** Undefined where the code says nothing. */
export function zipZones(zip: string): Zones | undefined {
  const area = Number.parseInt(zip.slice(0, 3), 10);
  return zipRanges.find(([first, last]) => area >= first && area <= last)?.[2];
}
