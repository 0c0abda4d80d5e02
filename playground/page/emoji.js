// Emoji names (Slack's spelling, after iamcal/emoji-data) and their characters.
// A choice, not the whole set: an unknown name is shown as it was typed.

const TABLE = `
  one 1️⃣  two 2️⃣  three 3️⃣  four 4️⃣  five 5️⃣  six 6️⃣  seven 7️⃣  eight 8️⃣  nine 9️⃣
  zero 0️⃣  keycap_ten 🔟  hash #️⃣  no_entry_sign 🚫  ship 🚢  +1 👍  -1 👎  thumbsup 👍  thumbsdown 👎
  white_check_mark ✅  heavy_check_mark ✔️  ballot_box_with_check ☑️  x ❌
  heavy_multiplication_x ✖️  warning ⚠️  no_entry ⛔  question ❓  exclamation ❗  grey_question ❔
  heavy_plus_sign ➕  heavy_minus_sign ➖  information_source ℹ️  bangbang ‼️  interrobang ⁉️
  tada 🎉  rocket 🚀  eyes 👀  fire 🔥  heart ❤️  star ⭐  star2 🌟  sparkles ✨  zap ⚡  boom 💥  100 💯
  bulb 💡  trophy 🏆  first_place_medal 🥇  second_place_medal 🥈  third_place_medal 🥉
  sports_medal 🏅  crown 👑  smile 😄  smiley 😃  grinning 😀  grin 😁  laughing 😆  sweat_smile 😅
  joy 😂  rofl 🤣  rolling_on_the_floor_laughing 🤣  slightly_smiling_face 🙂  upside_down_face 🙃
  wink 😉  blush 😊  innocent 😇  heart_eyes 😍  star-struck 🤩  kissing_heart 😘  yum 😋
  stuck_out_tongue 😛  thinking_face 🤔  thinking 🤔  neutral_face 😐  expressionless 😑  no_mouth 😶
  smirk 😏  unamused 😒  face_with_rolling_eyes 🙄  grimacing 😬  relieved 😌  pensive 😔  sleepy 😪
  sleeping 😴  mask 😷  nerd_face 🤓  sunglasses 😎  partying_face 🥳  confused 😕  worried 😟
  slightly_frowning_face 🙁  open_mouth 😮  hushed 😯  astonished 😲  flushed 😳  pleading_face 🥺
  cry 😢  sob 😭  scream 😱  confounded 😖  disappointed 😞  sweat 😓  weary 😩  tired_face 😫  triumph 😤
  rage 😡  angry 😠  exploding_head 🤯  shrug 🤷  facepalm 🤦  saluting_face 🫡  melting_face 🫠
  hugging_face 🤗  skull 💀  ghost 👻  robot_face 🤖  alien 👽  poop 💩  hankey 💩  see_no_evil 🙈
  wave 👋  raised_hand ✋  hand ✋  ok_hand 👌  v ✌️  crossed_fingers 🤞  metal 🤘  point_up ☝️
  point_down 👇  point_left 👈  point_right 👉  raised_hands 🙌  clap 👏  open_hands 👐  pray 🙏
  muscle 💪  handshake 🤝  writing_hand ✍️  fist ✊  facepunch 👊  punch 👊  dog 🐶  cat 🐱
  unicorn_face 🦄  bee 🐝  bug 🐛  turtle 🐢  snail 🐌  owl 🦉  whale 🐳  penguin 🐧  octopus 🐙  crab 🦀
  hatching_chick 🐣  fox_face 🦊  seedling 🌱  herb 🌿  evergreen_tree 🌲  four_leaf_clover 🍀
  sunflower 🌻  rose 🌹  cactus 🌵  sunny ☀️  cloud ☁️  rainbow 🌈  umbrella ☔  snowflake ❄️  ocean 🌊
  earth_africa 🌍  globe_with_meridians 🌐  apple 🍎  lemon 🍋  avocado 🥑  pizza 🍕  hamburger 🍔
  popcorn 🍿  cookie 🍪  cake 🍰  birthday 🎂  coffee ☕  tea 🍵  beer 🍺  beers 🍻  wine_glass 🍷
  champagne 🍾  soccer ⚽  video_game 🎮  dart 🎯  game_die 🎲  art 🎨  musical_note 🎵  guitar 🎸  car 🚗
  airplane ✈️  train 🚋  bike 🚲  anchor ⚓  sailboat ⛵  house 🏠  office 🏢  school 🏫  hospital 🏥
  computer 💻  keyboard ⌨️  desktop_computer 🖥️  floppy_disk 💾  cd 💿  telephone ☎️  iphone 📱
  battery 🔋  electric_plug 🔌  mag 🔍  mag_right 🔎  lock 🔒  unlock 🔓  key 🔑  hammer 🔨  wrench 🔧
  gear ⚙️  nut_and_bolt 🔩  link 🔗  paperclip 📎  scissors ✂️  package 📦  mailbox 📫  email 📧
  envelope ✉️  inbox_tray 📥  outbox_tray 📤  memo 📝  pencil 📝  pencil2 ✏️  books 📚  book 📖
  bookmark 🔖  label 🏷️  calendar 📆  date 📅  spiral_calendar_pad 🗓️  alarm_clock ⏰  stopwatch ⏱️
  hourglass ⌛  hourglass_flowing_sand ⏳  watch ⌚  clock9 🕘  chart_with_upwards_trend 📈
  chart_with_downwards_trend 📉  bar_chart 📊  clipboard 📋  pushpin 📌  round_pushpin 📍
  file_folder 📁  open_file_folder 📂  card_index_dividers 🗂️  wastebasket 🗑️  newspaper 📰
  scroll 📜  moneybag 💰  dollar 💵  credit_card 💳  gem 💎  scales ⚖️  balance_scale ⚖️  mega 📣
  loudspeaker 📢  bell 🔔  no_bell 🔕  speech_balloon 💬  thought_balloon 💭
  speaking_head_in_silhouette 🗣️  arrow_up ⬆️  arrow_down ⬇️  arrow_left ⬅️  arrow_right ➡️
  arrow_right_hook ↪️  leftwards_arrow_with_hook ↩️  arrows_counterclockwise 🔄  repeat 🔁  back 🔙
  soon 🔜  top 🔝  red_circle 🔴  large_blue_circle 🔵  white_circle ⚪  black_circle ⚫
  white_large_square ⬜  black_large_square ⬛  small_blue_diamond 🔹  large_blue_diamond 🔷
  checkered_flag 🏁  triangular_flag_on_post 🚩  construction 🚧  rotating_light 🚨  sos 🆘
  stop_sign 🛑  vertical_traffic_light 🚦  test_tube 🧪  microscope 🔬  telescope 🔭  brain 🧠
  shield 🛡️  toolbox 🧰  compass 🧭  crystal_ball 🔮  magic_wand 🪄  puzzle_piece 🧩  ladder 🪜  rock 🪨
  broken_heart 💔  green_heart 💚  blue_heart 💙  yellow_heart 💛  purple_heart 💜  black_heart 🖤
  orange_heart 🧡  white_heart 🤍  bust_in_silhouette 👤  busts_in_silhouette 👥  face_palm 🤦
  large_green_circle 🟢  large_yellow_circle 🟡  large_orange_circle 🟠  raising_hand 🙋
`;

/** @type {Map<string, string>} name -> character, in the order in which the picker shows them */
export const EMOJI = new Map(
  TABLE.trim()
    .split(/\s{2,}/)
    .map((pair) => /** @type {[string, string]} */ (pair.split(" "))),
);

/** Offered first: what the app's cards are voted with, then what people use most. */
export const COMMON = [
  "one",
  "two",
  "three",
  "four",
  "no_entry_sign",
  "ship",
  "+1",
  "-1",
  "eyes",
  "tada",
  "heart",
  "thinking_face",
  "white_check_mark",
  "rocket",
  "joy",
  "wave",
];

// Fitzpatrick types as Slack numbers them: skin-tone-2 … skin-tone-6.
const TONES = { 2: "\u{1F3FB}", 3: "\u{1F3FC}", 4: "\u{1F3FD}", 5: "\u{1F3FE}", 6: "\u{1F3FF}" };

/**
 * The character of a reaction's or an emoji code's name, with its skin tone; null if the name is not known here.
 * @param {string} name e.g. "one", "+1::skin-tone-3"
 */
export function character(name) {
  const [base, tone] = name.split("::skin-tone-");
  const found = EMOJI.get(base);
  if (!found) return null;
  return tone ? found.replace("\u{FE0F}", "") + (TONES[tone] ?? "") : found;
}

/** The name as words: "no_entry_sign" -> "no entry sign". @param {string} name */
export const spoken = (name) => name.replace("::skin-tone-", ", skin tone ").replaceAll("_", " ");

const CODE = /:([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):(?:(:?skin-tone-[2-6]):)?/g;

/**
 * Plain text with its `:codes:` replaced by characters.
 * @param {string} text
 */
export function withEmoji(text) {
  if (!text.includes(":")) return text;
  return text.replace(CODE, (whole, name, tone) => {
    const shown = character(tone ? `${name}::${tone.replace(":", "")}` : name);
    return shown ?? whole;
  });
}
