// A discord.js bot that is not ours. Where Discord is comes by the library's own option `rest.api`;
// the gateway's address is what GET /gateway/bot answers.
import {
  ActionRowBuilder, ButtonBuilder, ButtonStyle, Client, Events, GatewayIntentBits, ModalBuilder,
  SlashCommandBuilder, TextInputBuilder, TextInputStyle,
} from "discord.js";

const client = new Client({
  intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages, GatewayIntentBits.MessageContent],
  rest: { api: process.env.DISCORD_API_URL.replace("/v10", ""), version: "10" },
});

const commands = [
  new SlashCommandBuilder()
    .setName("greet")
    .setDescription("Says hello")
    .addStringOption((option) => option.setName("name").setDescription("Whom").setRequired(true))
    .addUserOption((option) => option.setName("friend").setDescription("And whom"))
    .addAttachmentOption((option) => option.setName("file").setDescription("What")),
  new SlashCommandBuilder().setName("think").setDescription("Takes its time"),
  new SlashCommandBuilder().setName("ask").setDescription("Shows a button"),
];

client.once(Events.ClientReady, async () => {
  await client.application.commands.set(commands);
});

client.on(Events.MessageCreate, async (message) => {
  if (message.content === "ping") await message.reply("pong");
});

client.on(Events.InteractionCreate, async (interaction) => {
  if (interaction.isChatInputCommand()) {
    if (interaction.commandName === "greet") {
      const friend = interaction.options.getMember("friend");
      const file = interaction.options.getAttachment("file");
      const content = file ? await (await fetch(file.url)).text() : "nothing";
      const reply = await interaction.reply({
        content: `Hello ${interaction.options.getString("name")}, ${friend?.user.username}, ${content}`,
        withResponse: true,
      });
      await reply.resource.message.react("👋");
    } else if (interaction.commandName === "think") {
      await interaction.deferReply();
      await interaction.editReply("done thinking");
      await interaction.followUp({ content: "a secret", flags: 64 });
    } else {
      const button = new ButtonBuilder().setCustomId("more").setLabel("More").setStyle(ButtonStyle.Primary);
      await interaction.reply({ content: "press", components: [new ActionRowBuilder().addComponents(button)] });
    }
  } else if (interaction.isButton()) {
    const input = new TextInputBuilder().setCustomId("word").setLabel("Word").setStyle(TextInputStyle.Short);
    const modal = new ModalBuilder().setCustomId("form").setTitle("One word");
    await interaction.showModal(modal.addComponents(new ActionRowBuilder().addComponents(input)));
  } else if (interaction.isModalSubmit()) {
    await interaction.update({ content: `the word is ${interaction.fields.getTextInputValue("word")}`, components: [] });
  }
});

process.on("SIGTERM", async () => {
  await client.destroy();
  process.exit(0);
});
await client.login(process.env.DISCORD_TOKEN);
